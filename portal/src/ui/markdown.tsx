import DOMPurify from 'dompurify';
import { marked } from 'marked';
import { useMemo } from 'react';

/** Only links that lead out; nothing that loads, runs, submits or styles. */
const ALLOWED = {
  USE_PROFILES: { html: true },
  FORBID_TAGS: [
    'style',
    'form',
    'input',
    'button',
    'textarea',
    'select',
    'img',
    'picture',
    'source',
    'video',
    'audio',
    'svg',
    'math',
    'iframe',
    'object',
    'embed',
    'link',
    'meta',
    'base',
  ],
  FORBID_ATTR: ['style', 'id', 'name', 'class', 'target', 'srcset', 'src', 'ping', 'background'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  ALLOW_DATA_ATTR: false,
} as const;

/** Markdown that somebody wrote who is not trusted. Images are left out: nothing is loaded from others. */
export function Markdown({ text }: { text: string }) {
  const html = useMemo(() => {
    const rendered = marked.parse(text, { async: false, gfm: true });
    const clean = DOMPurify.sanitize(rendered, {
      ...ALLOWED,
      FORBID_TAGS: [...ALLOWED.FORBID_TAGS],
      FORBID_ATTR: [...ALLOWED.FORBID_ATTR],
      RETURN_DOM_FRAGMENT: true,
    });
    for (const link of clean.querySelectorAll('a')) link.rel = 'noopener noreferrer nofollow';
    const holder = document.createElement('div');
    holder.append(clean);
    return holder.innerHTML;
  }, [text]);
  return <div className="markdown" dangerouslySetInnerHTML={{ __html: html }} />;
}
