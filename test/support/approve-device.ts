import { demoPassword } from './idp/demo-people.ts';
import { CookieJar } from './test-browser.ts';

/** What the person does at the provider's page for devices. */
export interface DeviceChoice {
  readonly user: string;
  readonly userCode: string;
  /** `deny` cancels where the page asks whether the device is the person's own. */
  readonly decision?: 'allow' | 'deny';
}

function hiddenField(page: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? '';
}

/** Enters a device's code at the demo provider and signs in there, by plain HTTP; returns the last page. */
export async function approveDevice(verificationUrl: string, choice: DeviceChoice): Promise<string> {
  const jar = new CookieJar();
  let url = verificationUrl;
  let form: URLSearchParams | null = null;
  let denied = false;
  for (let step = 0; step < 15; step += 1) {
    const response: Response = await fetch(url, {
      method: form === null ? 'GET' : 'POST',
      ...(form === null ? {} : { body: form }),
      headers: { cookie: jar.header() },
      redirect: 'manual',
    });
    jar.take(response);
    const page = await response.text();
    const location = response.headers.get('location');
    form = null;
    if (denied) return page;
    if (location !== null) url = new URL(location, url).href;
    else if (page.includes('op.deviceInputForm')) {
      form = new URLSearchParams({ xsrf: hiddenField(page, 'xsrf'), user_code: choice.userCode });
    } else if (page.includes('op.deviceConfirmForm')) {
      form = new URLSearchParams({ xsrf: hiddenField(page, 'xsrf'), user_code: hiddenField(page, 'user_code') });
      denied = choice.decision === 'deny';
      form.set(denied ? 'abort' : 'confirm', 'yes');
    } else if (new URL(url).pathname.startsWith('/interaction/') && step < 12) {
      form = new URLSearchParams({ user: choice.user, password: demoPassword, decision: 'allow' });
    } else return page;
  }
  throw new Error('The provider asked too often');
}
