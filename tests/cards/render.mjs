// Renders cards as Teams' own library does and says what is wrong with them: one JSON object on stdin, one on stdout.
// In:  {cards: {name: card}, widths: [300], scale: 1, pictures: "folder" or ""}. Out: [{name, width, ...}].
// The page has no network: every request is refused and told of.
import fs from 'node:fs';
import path from 'node:path';
import { launch, modules } from './chromium.mjs';
import { small } from './png.mjs';

const font = (family, file, weight) =>
  `@font-face{font-family:"${family}";font-weight:${weight};src:url(data:font/woff2;base64,` +
  `${fs.readFileSync(path.join(modules, '@fontsource', file)).toString('base64')})}`;
// Open Sans is wider than the Segoe UI of Teams, and Cousine is as wide as its Courier New.
const FONTS = [
  font('Sans', 'open-sans/files/open-sans-latin-400-normal.woff2', 400),
  font('Sans', 'open-sans/files/open-sans-latin-700-normal.woff2', 700),
  font('Mono', 'cousine/files/cousine-latin-400-normal.woff2', 400),
].join('');
const BUTTONS = '.ac-pushButton{padding:5px 12px;border:1px solid #c8c6c4;border-radius:4px;background:#fff;' +
  'font:600 13px Sans;color:#252423}.ac-pushButton.style-positive{background:#5b5fc7;color:#fff}' +
  '.ac-pushButton.style-destructive{border-color:#c4314b;color:#c4314b}' +
  '.ac-input{width:100%;box-sizing:border-box;font:14px Sans;border:1px solid #c8c6c4;border-radius:4px}';
const colour = (text, subtle) => ({ default: text, subtle });
const colours = {
  default: colour('#252423', '#605e5c'), accent: colour('#5b5fc7', '#8b8cc7'), good: colour('#237b4b', '#4a9c6d'),
  warning: colour('#a54005', '#c06b38'), attention: colour('#c4314b', '#d86579'),
};
const HOST = {
  supportsInteractivity: true,
  fontTypes: { default: { fontFamily: 'Sans' }, monospace: { fontFamily: 'Mono' } },
  spacing: { small: 8, default: 12, medium: 16, large: 20, extraLarge: 24, padding: 16 },
  actions: { maxActions: 6, actionsOrientation: 'horizontal', actionAlignment: 'left', buttonSpacing: 8 },
  containerStyles: {
    default: { backgroundColor: '#ffffff', foregroundColors: colours },
    emphasis: { backgroundColor: '#f3f2f1', foregroundColors: colours },
  },
};

async function page(browser, width, scale) {
  const made = await browser.newPage({ viewport: { width: width + 32, height: 800 }, deviceScaleFactor: scale });
  made.refused = [];
  await made.route('**/*', (route) => {
    made.refused.push(route.request().url());
    return route.abort();
  });
  await made.setContent(`<!doctype html><style>${FONTS}${BUTTONS}body{margin:16px;background:#f5f5f5}` +
    `#card{width:${width}px;box-sizing:border-box;background:#fff}</style><div id=card></div>`);
  for (const file of ['adaptivecards/dist/adaptivecards.min.js', 'markdown-it/dist/markdown-it.min.js']) {
    await made.addScriptTag({ content: fs.readFileSync(path.join(modules, file), 'utf8') });
  }
  await made.evaluate(() => Promise.all(['14px Sans', '700 14px Sans', '14px Mono'].map((one) => document.fonts.load(one))));
  return made;
}

// Runs in the page.
function show({ card, host }) {
  const root = document.getElementById('card');
  root.replaceChildren();
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = window.markdownit().render(text);
    result.didProcess = true;
  };
  const whole = new AdaptiveCards.AdaptiveCard();
  whole.hostConfig = new AdaptiveCards.HostConfig(host);
  const context = new AdaptiveCards.SerializationContext();
  whole.parse(card, context);
  const events = [];
  for (let at = 0; at < context.eventCount; at++) events.push(context.getEventAt(at).message);
  for (const one of whole.validateProperties().validationEvents) events.push(one.message);
  root.appendChild(whole.render());
  const edge = root.getBoundingClientRect().right;
  // A text is as wide as its own boxes say, whether or not the block around it hides what is too much.
  const wide = [];
  const range = document.createRange();
  for (const one of root.querySelectorAll('*')) {
    const boxes = [...one.getClientRects()];
    for (const text of one.childNodes) {
      if (text.nodeType === Node.TEXT_NODE) { range.selectNodeContents(text); boxes.push(...range.getClientRects()); }
    }
    if (boxes.some((box) => box.right > edge + 0.5) || one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0) {
      wide.push(one.textContent.slice(0, 80));
    }
  }
  return {
    events, wide,
    texts: [...root.querySelectorAll('.ac-richTextBlock')].map((one) => one.textContent),
    buttons: [...root.querySelectorAll('.ac-pushButton')].map((one) => one.innerText),
    foreign: root.querySelectorAll('img,a,iframe,script,video,audio,h1,h2,ul,ol').length,
    // Without fonts every text is nothing wide, and nothing could ever be too wide.
    fonts: ['14px Sans', '14px Mono'].every((one) => document.fonts.check(one)) && root.scrollHeight > 40,
  };
}

const { cards, widths, scale, pictures } = JSON.parse(fs.readFileSync(0, 'utf8'));
const browser = await launch();
try {
  const told = [];
  for (const width of widths) {
    const shown = await page(browser, width, scale);
    for (const [name, card] of Object.entries(cards)) {
      const found = await shown.evaluate(show, { card, host: HOST });
      if (pictures) {
        const taken = await shown.locator('#card').screenshot();
        fs.writeFileSync(path.join(pictures, `${name}-${width}.png`), small(taken));
      }
      told.push({ name, width, refused: shown.refused.splice(0), ...found });
    }
    await shown.close();
  }
  console.log(JSON.stringify(told));
} finally {
  await browser.close();
}
