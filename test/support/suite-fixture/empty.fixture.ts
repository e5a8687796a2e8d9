// A file that lost its tests.
export {};
