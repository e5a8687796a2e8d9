/** Name of the Unix socket in the data folder. */
export const adminSocketName = 'admin.sock';

/** Names the person who became this user by sudo, percent-encoded; believed of root and of the relay’s own user. */
export const sudoUserHeader = 'x-causeway-sudo-user';
