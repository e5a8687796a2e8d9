/** Version of this release, of app, CLI and relay alike; a test compares it with package.json. */
export const version = '0.1.0';
