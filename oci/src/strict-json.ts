import { OciError } from './error-code.ts';
import { elementPath, type JsonValue, memberPath } from './json-value.ts';

export interface StrictJsonLimits {
  /** How many arrays and objects may be nested in each other; 64 unless told. */
  maxDepth?: number;
}

interface Frame {
  isObject: boolean;
  keys: Set<string> | undefined;
  key: string | undefined;
  index: number;
}

interface Scan {
  readonly text: string;
  readonly frames: Frame[];
  isKeyNext: boolean;
  keysAndContainers: number;
}

const DEFAULT_MAX_DEPTH = 64;
// A full manifest of 4 MiB has some 100,000 keys, arrays and objects in all;
// far more of them in as many bytes would only serve to hold up the event loop.
const MAX_KEYS_IN_OBJECT = 10_000;
const MAX_KEYS_AND_CONTAINERS = 250_000;
const LONGEST_SAFE_DIGITS = 15;
const MAX_SHOWN_PATH_FRAMES = 8;

const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Parses JSON that must mean the same to every reader. Beyond what JSON.parse
 * refuses: invalid UTF-8, a byte order mark, a key twice in one object,
 * `__proto__` keys, integers a double cannot hold, nesting beyond the limit,
 * more than 10,000 keys in an object, and more than 250,000 keys, arrays and
 * objects in all. Throws MANIFEST_INVALID with a sentence that names the JSON
 * path. Linear time.
 */
export function parseStrictJson(bytes: Uint8Array, limits: StrictJsonLimits = {}): JsonValue {
  const text = decodeUtf8(bytes);
  // Before JSON.parse, so that depth is bounded before anything else sees the text.
  scanText(text, limits.maxDepth ?? DEFAULT_MAX_DEPTH);
  return parseJson(text);
}

function decodeUtf8(bytes: Uint8Array): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw refusal('the document starts with a byte order mark');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw refusal('the document is not valid UTF-8', error);
  }
}

function parseJson(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch (error) {
    const position =
      error instanceof Error ? /at position \d{1,10}/.exec(error.message) : undefined;
    throw refusal(`the document is not valid JSON${position ? ` ${position[0]}` : ''}`, error);
  }
}

/**
 * One pass over the text that trusts its syntax: if the syntax is wrong, what
 * is found here may be off, but JSON.parse refuses the document afterwards.
 */
function scanText(text: string, maxDepth: number): void {
  const scan: Scan = { text, frames: [], isKeyNext: false, keysAndContainers: 0 };
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) at = scanString(scan, at);
    else if (code === minus || isDigit(code)) at = scanNumber(scan, at);
    else {
      scanStructure(scan, code, maxDepth);
      at += 1;
    }
  }
}

function scanStructure(scan: Scan, code: number, maxDepth: number): void {
  const { frames } = scan;
  switch (code) {
    case openBrace:
    case openBracket:
      if (frames.length >= maxDepth) {
        throw refusal(`${showPath(scan)} is nested deeper than ${maxDepth} levels`);
      }
      countNode(scan);
      scan.isKeyNext = code === openBrace;
      frames.push({ isObject: scan.isKeyNext, keys: undefined, key: undefined, index: 0 });
      return;
    case closeBrace:
    case closeBracket:
      frames.pop();
      scan.isKeyNext = false;
      return;
    case comma: {
      const frame = frames.at(-1);
      if (frame === undefined) return;
      scan.isKeyNext = frame.isObject;
      frame.index += 1;
    }
  }
}

/** Passes the string that starts at the index; returns the index after it. */
function scanString(scan: Scan, start: number): number {
  const { text } = scan;
  let hasEscape = false;
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) break;
    if (code === backslash) {
      hasEscape = true;
      at += 1;
    }
    at += 1;
  }
  const end = at + 1;
  if (scan.isKeyNext) {
    scan.isKeyNext = false;
    const key = hasEscape ? unescapeKey(text.slice(start, end)) : text.slice(start + 1, at);
    recordKey(scan, key);
  }
  return end;
}

function countNode(scan: Scan): void {
  scan.keysAndContainers += 1;
  if (scan.keysAndContainers > MAX_KEYS_AND_CONTAINERS) {
    throw refusal(`the document has more than ${MAX_KEYS_AND_CONTAINERS} keys, arrays and objects`);
  }
}

function unescapeKey(literal: string): string {
  const key = parseJson(literal);
  if (typeof key !== 'string') throw refusal('the document is not valid JSON');
  return key;
}

function recordKey(scan: Scan, key: string): void {
  const frame = scan.frames.at(-1);
  if (frame === undefined) return;
  countNode(scan);
  // Most objects have few keys: the set starts with the second one.
  const isDuplicate = frame.keys === undefined ? frame.key === key : frame.keys.has(key);
  if (frame.key !== undefined) {
    frame.keys ??= new Set([frame.key]);
    frame.keys.add(key);
  }
  frame.key = key;
  if (isDuplicate) throw refusal(`${showPath(scan)} is given twice`);
  if (frame.keys !== undefined && frame.keys.size > MAX_KEYS_IN_OBJECT) {
    throw refusal(`${showPath(scan)} is one key more than the ${MAX_KEYS_IN_OBJECT} allowed`);
  }
  if (key === '__proto__') throw refusal(`${showPath(scan)} is a key that is not allowed`);
}

function scanNumber(scan: Scan, start: number): number {
  const { text } = scan;
  let isPlain = true;
  let end = start;
  for (; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (isDigit(code) || code === minus) continue;
    if (!isFractionOrExponent(code)) break;
    isPlain = false;
  }
  if (isPlain && end - start <= LONGEST_SAFE_DIGITS) return end;
  const value = Number(text.slice(start, end));
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw refusal(`${showPath(scan)} is a number that cannot be held exactly`);
  }
  return end;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isFractionOrExponent(code: number): boolean {
  return code === 0x2e || code === 0x2b || code === 0x45 || code === 0x65;
}

function showPath(scan: Scan): string {
  const shown = scan.frames.slice(0, MAX_SHOWN_PATH_FRAMES);
  const path = shown.reduce((where, { isObject, key, index }) => {
    if (!isObject) return elementPath(where, index);
    return key === undefined ? where : memberPath(where, key);
  }, '$');
  return scan.frames.length > shown.length ? `${path}...` : path;
}

function refusal(sentence: string, cause?: unknown): OciError {
  return new OciError('MANIFEST_INVALID', sentence, { cause });
}
