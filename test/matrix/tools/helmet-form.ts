import { chromium } from 'playwright';
import { findBrowser } from '../../support/find-browser.ts';

/** Fills in the form of a web app in a browser: `helmet-form.ts BASE`. */
const [base = ''] = process.argv.slice(2);
const browser = await chromium.launch(findBrowser());
const page = await browser.newPage();
await page.goto(`${base}/`);
await page.getByRole('button', { name: 'Go' }).click();
await page.waitForSelector('#got');
process.stdout.write(`${page.url()} ${await page.textContent('#got')}\n`);
await browser.close();
