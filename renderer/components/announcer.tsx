import { useEffect, useState } from 'react';
import { announcementsOf } from '../model/announcements.ts';
import { useApp } from '../store/app-store.ts';

/** The window's one polite live region: says what has changed to those who can't see it. */
export function Announcer() {
  const [said, setSaid] = useState('');
  useEffect(
    () =>
      useApp.subscribe(({ snapshot }, { snapshot: before }) => {
        if (snapshot === null || before === null || snapshot === before) return;
        const news = announcementsOf(before, snapshot);
        if (news.length > 0) setSaid(news.join('. '));
      }),
    [],
  );
  return (
    <output aria-live="polite" data-announcer className="sr-only">
      {said}
    </output>
  );
}
