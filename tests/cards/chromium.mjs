// The browser of the packages below `CARD_TOOLS`. Nothing is installed or downloaded here.
import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

export const modules = path.join(process.env.CARD_TOOLS, 'node_modules');
export const require = createRequire(path.join(modules, 'here.js'));
const { chromium } = require('playwright-core');
const { default: Chromium } = await import(pathToFileURL(path.join(modules, '@sparticuz/chromium/build/index.js')));
Chromium.setGraphicsMode = false;

export async function launch(...more) {
  return chromium.launch({
    executablePath: await Chromium.executablePath(), headless: true, env: process.env,
    args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none', ...more],
  });
}
