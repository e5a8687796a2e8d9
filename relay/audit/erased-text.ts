/** What stands where somebody who was erased had written something. */
export const erasedText = '(erased)';
