import { openWindow } from './open-window.ts';

const container = document.getElementById('root');
if (container !== null) openWindow(container);
