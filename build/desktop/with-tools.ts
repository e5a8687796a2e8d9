/** Runs work of electron-builder with tools of this system in place of its downloads, which variables name. */
export async function withTools<T>(variables: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  const before = new Map(Object.keys(variables).map((name) => [name, process.env[name]]));
  Object.assign(process.env, variables);
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
