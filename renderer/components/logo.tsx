/** The app's mark: a causeway between two shores. Decoration. */
export function Logo() {
  return (
    <svg aria-hidden viewBox="0 0 64 64" className="size-14">
      <rect width="64" height="64" rx="16" className="fill-tile-0" />
      <path d="M12 40h40" className="stroke-on-fill" strokeWidth="5" strokeLinecap="round" />
      <path d="M18 40a14 14 0 0 1 28 0" className="fill-none stroke-on-fill" strokeWidth="5" strokeLinecap="round" />
      <path d="M32 26v14M12 49h40" className="stroke-on-fill" strokeWidth="3" strokeLinecap="round" opacity="0.6" />
    </svg>
  );
}
