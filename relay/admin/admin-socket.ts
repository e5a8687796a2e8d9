/** Name of the Unix socket in the data folder. */
export const adminSocketName = 'admin.sock';
