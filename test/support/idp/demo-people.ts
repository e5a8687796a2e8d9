/** One person of the demo company, as the identity provider knows them. */
export interface DemoPerson {
  readonly user: string;
  readonly name: string;
  readonly email: string;
  readonly groups: readonly string[];
}

/** Password of every demo person; the provider listens on loopback only. */
export const demoPassword = 'causeway-demo';

/** The four people of the demo company. */
export const demoPeople: readonly DemoPerson[] = [
  { user: 'alice', name: 'Alice Moreau', email: 'alice@example.com', groups: ['developers', 'sre'] },
  { user: 'bob', name: 'Bob Nakamura', email: 'bob@example.com', groups: ['finance'] },
  { user: 'carol', name: 'Carol Jensen', email: 'carol@example.com', groups: ['contractors'] },
  { user: 'dana', name: 'Dana Okafor', email: 'dana@example.com', groups: ['relay-admins'] },
];
