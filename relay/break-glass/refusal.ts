/** A request that goes no further, with what the person is shown. Told apart from failures by its class. */
export class Refusal extends Error {
  readonly status: number;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;

  /** @param message a whole sentence for the person */
  constructor(status: number, message: string, options: { title?: string; headers?: Record<string, string> } = {}) {
    super(message);
    this.status = status;
    this.title = options.title ?? 'This can’t go on';
    this.headers = options.headers ?? {};
  }
}
