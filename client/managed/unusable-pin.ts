/** Stands for pins of which nobody can tell what they are: no chain has them. */
export const unusablePin = 'unusable';
