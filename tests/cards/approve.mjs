// Signs in and answers on a stack's own pages in a real browser, and tries to answer from other sites: one JSON object
// on stdin, one on stdout. In: {link, resolve, foreign: [origin]}. Out: what the browser showed.
// `resolve` is where the link's host is; of all other names only localhost is known, and other sites are made up here.
import fs from 'node:fs';
import { launch } from './chromium.mjs';

const { link, resolve, foreign } = JSON.parse(fs.readFileSync(0, 'utf8'));
const host = new URL(link).host;
const browser = await launch(
  `--host-resolver-rules=MAP ${host}:443 ${resolve},MAP * ~NOTFOUND,EXCLUDE localhost`,
  // The host only stands on loopback here; no protection of such hosts may help it.
  '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights',
);

const heading = (page) => page.locator('h1').first().innerText({ timeout: 20_000 });
const hidden = (fields) => Object.entries(fields).map(([name, value]) => `<input type=hidden name=${name} value="${value}">`).join('');

// What another site would do with all that it could have learnt: the address, the form and its secret.
async function attempt(context, origin, fields, { sandbox = false, policy = '' } = {}) {
  const page = await context.newPage();
  const form = `<form method=post target=_top action="${link}">${hidden(fields)}<button>Win a prize</button></form>`;
  const framed = `<iframe sandbox="allow-forms allow-top-navigation allow-scripts" srcdoc='${form}'></iframe>`;
  await page.route(`${origin}/**`, (route) => route.fulfill({
    status: 200, headers: { 'content-type': 'text/html', ...(policy ? { 'referrer-policy': policy } : {}) },
    body: sandbox ? framed : `<!doctype html>${form}`,
  }));
  await page.goto(`${origin}/prize`);
  const place = sandbox ? page.frameLocator('iframe') : page;
  const answered = page.waitForResponse((one) => one.request().method() === 'POST', { timeout: 20_000 });
  await place.getByRole('button').click();
  const status = (await answered).status();
  await page.close();
  return status;
}

// The same in silence, with whatever cookies the browser sends along.
async function fetched(context, origin, fields) {
  const page = await context.newPage();
  await page.route(`${origin}/**`, (route) => route.fulfill({ status: 200, contentType: 'text/html', body: '<!doctype html>x' }));
  await page.goto(`${origin}/prize`);
  await page.evaluate(async ({ link, fields }) => {
    await fetch(link, { method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams(fields) });
  }, { link, fields });
  await page.close();
}

// Whether the page lets itself be put into a frame of another site, where a click could be stolen.
async function framed(context, origin) {
  const page = await context.newPage();
  await page.route(`${origin}/**`, (route) => route.fulfill({ status: 200, contentType: 'text/html', body: `<iframe src="${link}"></iframe>` }));
  await page.goto(`${origin}/prize`, { waitUntil: 'load' });
  const inner = page.frames().find((one) => one !== page.mainFrame());
  const shown = inner ? await inner.locator('h1').count() : 0;
  await page.close();
  return shown > 0;
}

try {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 320, height: 800 } });
  const page = await context.newPage();
  const said = [];
  page.on('console', (one) => one.type() === 'error' && said.push(one.text()));
  await page.goto(link);
  const told = { before: await heading(page) };
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Approve' }).waitFor({ timeout: 20_000 });
  Object.assign(told, { asked: await heading(page), address: page.url(), said: said.splice(0) });
  told.scripts_see = await page.evaluate(() => document.cookie);
  told.cookies = (await context.cookies(link)).map(({ name, secure, httpOnly, sameSite, path }) => ({ name, secure, httpOnly, sameSite, path }));
  const fields = await page.evaluate(() => Object.fromEntries(new FormData(document.forms[0])));
  fields.answer = 'approve';
  told.framed = []; told.attempts = [];
  for (const origin of foreign) {
    told.framed.push(await framed(context, origin));
    told.attempts.push(await attempt(context, origin, fields));
    told.attempts.push(await attempt(context, origin, fields, { policy: 'no-referrer' }));
    told.attempts.push(await attempt(context, origin, fields, { sandbox: true }));
    await fetched(context, origin, fields);
  }
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByRole('heading', { name: 'Approved' }).waitFor({ timeout: 20_000 });
  Object.assign(told, { after: await heading(page), said: [...told.said, ...said] });
  console.log(JSON.stringify(told));
} finally {
  await browser.close();
}
