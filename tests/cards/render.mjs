// Renders cards as Teams' own library does and says what is wrong with them: one JSON object on stdin, one on stdout.
// In:  {cards: {name: card}, widths: [300], scale: 1, pictures: "folder" or ""}. Out: [{name, width, ...}].
// The page has no network: every request is refused and told of. Nothing is installed or downloaded here.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import zlib from 'node:zlib';

const modules = path.join(process.env.CARD_TOOLS, 'node_modules');
const require = createRequire(path.join(modules, 'here.js'));
const { chromium } = require('playwright-core');
const { default: Chromium } = await import(pathToFileURL(path.join(modules, '@sparticuz/chromium/build/index.js')));
Chromium.setGraphicsMode = false;

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

// A PNG of few colours: the greys of text need no more than sixteen shades, and a picture is a third as large.
function small(png) {
  const width = png.readUInt32BE(16), height = png.readUInt32BE(20), parts = [];
  for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  if (png[24] !== 8 || png[25] !== 2 || png[28] !== 0) throw new Error('expected a PNG of 24 bits a pixel');
  const raw = zlib.inflateSync(Buffer.concat(parts)), line = width * 3 + 1, colours = new Map();
  const out = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * line];
    for (let x = 1; x < line; x++) {
      const at = y * line + x, left = x > 3 ? raw[at - 3] : 0, up = y ? raw[at - line] : 0;
      if (filter === 1) raw[at] += left;
      else if (filter === 2) raw[at] += up;
      else if (filter === 3) raw[at] += (left + up) >> 1;
      else if (filter === 4) raw[at] += paeth(left, up, x > 3 && y ? raw[at - line - 3] : 0);
    }
    for (let x = 0; x < width; x++) {
      const at = y * line + 1 + x * 3;
      const key = (shade(raw[at]) << 16) | (shade(raw[at + 1]) << 8) | shade(raw[at + 2]);
      let index = colours.get(key);
      if (index === undefined) colours.set(key, (index = colours.size));
      out[y * (width + 1) + 1 + x] = index;
    }
  }
  if (colours.size > 256) throw new Error(`expected at most 256 colours, got ${colours.size}`);
  const head = Buffer.from(png.subarray(16, 29));
  head[9] = 3;
  const palette = Buffer.from([...colours.keys()].flatMap((key) => [key >> 16, (key >> 8) & 255, key & 255]));
  const chunks = [['IHDR', head], ['PLTE', palette], ['IDAT', zlib.deflateSync(out, { level: 9 })], ['IEND', Buffer.alloc(0)]];
  return Buffer.concat([png.subarray(0, 8), ...chunks.flatMap(([name, body]) => {
    const text = Buffer.concat([Buffer.from(name, 'latin1'), body]), size = Buffer.alloc(4), sum = Buffer.alloc(4);
    size.writeUInt32BE(body.length);
    sum.writeUInt32BE(crc(text));
    return [size, text, sum];
  })]);
}

const shade = (value) => Math.round(value / 17) * 17;

function paeth(left, up, corner) {
  const guess = left + up - corner, a = Math.abs(guess - left), b = Math.abs(guess - up), c = Math.abs(guess - corner);
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

// The checksum of PNG (annex D of its specification).
function crc(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}

const { cards, widths, scale, pictures } = JSON.parse(fs.readFileSync(0, 'utf8'));
const browser = await chromium.launch({
  executablePath: await Chromium.executablePath(), headless: true, env: process.env,
  args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
});
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
