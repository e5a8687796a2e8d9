/** Why a relay that an operator drains isn’t ready. */
export const drainedWords = 'An operator drains this relay: it sends people elsewhere.';
