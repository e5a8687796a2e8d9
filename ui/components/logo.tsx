/** The app's mark: a causeway on its arches over the water. Decoration. */
export function Logo() {
  return (
    <svg aria-hidden viewBox="0 0 64 64" className="size-14">
      <rect width="64" height="64" rx="16" className="fill-tile-0" />
      <path
        className="fill-on-fill"
        d="M9 22a2 2 0 0 1 2-2h42a2 2 0 0 1 2 2v4a2 2 0 0 1-2 2v13h-5a7 7 0 0 0-14 0h-4a7 7 0 0 0-14 0h-5V28a2 2 0 0 1-2-2z"
      />
      <path className="stroke-on-fill" d="M11 48h42" strokeWidth="3" strokeLinecap="round" opacity="0.55" />
    </svg>
  );
}
