import { it } from 'vitest';

it('is never reached', () => {});

throw new Error('can’t be loaded');
