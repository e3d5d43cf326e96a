// Shows pages as a browser does and says what is wrong with them: one JSON object on stdin, one on stdout.
// In:  {pages: {name: {body, headers}}, widths: [320], scale: 1, pictures: "folder" or ""}. Out: [{name, width, ...}].
// Each page is answered with its own headers, so its policy is in force; every other request is refused and told of.
import fs from 'node:fs';
import path from 'node:path';
import { launch } from './chromium.mjs';
import { small } from './png.mjs';

const ADDRESS = 'https://remit.example/api/approvals/page';

// Runs in the page.
function measure() {
  const edge = document.documentElement.clientWidth;
  const wide = [];
  const range = document.createRange();
  for (const one of document.body.querySelectorAll('*')) {
    if (one.closest('.scroll')) continue;
    const boxes = [...one.getClientRects()];
    for (const text of one.childNodes) {
      if (text.nodeType === Node.TEXT_NODE) { range.selectNodeContents(text); boxes.push(...range.getClientRects()); }
    }
    if (boxes.some((box) => box.right > edge + 0.5 || box.left < -0.5)) wide.push(one.textContent.slice(0, 80));
  }
  if (document.scrollingElement.scrollWidth > edge) wide.push(`the page: ${document.scrollingElement.scrollWidth} px`);
  const pressed = [...document.querySelectorAll('button, a.button')];
  return {
    wide, broken: window.broken, heading: document.querySelector('h1')?.textContent ?? '',
    steps: document.querySelectorAll('article[id^=step-]').length,
    buttons: pressed.map((one) => one.innerText),
    low: pressed.filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.innerText),
    // Without its style sheet, or without fonts, nothing could ever be too wide or too low.
    styled: getComputedStyle(document.body).overflowWrap === 'anywhere' && document.querySelector('h1').offsetHeight > 10,
  };
}

async function show(context, { body, headers }) {
  const page = await context.newPage();
  page.said = [];
  page.on('console', (one) => ['error', 'warning'].includes(one.type()) && page.said.push(one.text()));
  page.on('pageerror', (one) => page.said.push(one.message));
  await page.addInitScript(() => {
    window.broken = [];
    document.addEventListener('securitypolicyviolation', (one) => window.broken.push(`${one.effectiveDirective} ${one.blockedURI}`));
  });
  page.refused = [];
  await page.route('**/*', (route) => {
    if (route.request().url() === ADDRESS) return route.fulfill({ status: 200, headers, body });
    page.refused.push(route.request().url());
    return route.abort();
  });
  await page.goto(ADDRESS);
  return page;
}

const { pages, widths, scale, pictures } = JSON.parse(fs.readFileSync(0, 'utf8'));
const browser = await launch();
try {
  const told = [];
  for (const width of widths) {
    const context = await browser.newContext({ viewport: { width, height: 800 }, deviceScaleFactor: scale });
    for (const [name, answer] of Object.entries(pages)) {
      const page = await show(context, answer);
      const found = await page.evaluate(measure);
      if (pictures) {
        const taken = await page.screenshot({ fullPage: true });
        fs.writeFileSync(path.join(pictures, `${name}-${width}.png`), small(taken, 15));
      }
      told.push({ name, width, refused: page.refused, said: page.said, ...found });
      await page.close();
    }
    await context.close();
  }
  console.log(JSON.stringify(told));
} finally {
  await browser.close();
}
