/** Said wherever a sign-in by an account of the relay’s own is offered. */
export const breakGlassWarning = 'This is for when company sign-in is down. Everyone responsible is told at once.';
