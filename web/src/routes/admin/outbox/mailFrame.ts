/**
 * Draws the HTML part of a mail in a frame that has no rights: nothing in it runs, and it asks no one for anything.
 * A frame inherits this page's content security policy, which forbids styles in the markup; so the mail's own styles are
 * put back through the object model, where they are allowed.
 */
export function drawMail(frame: HTMLIFrameElement, html: string): void {
  const view = frame.contentWindow as (Window & typeof globalThis) | null;
  const page = frame.contentDocument;
  if (!view || !page) return;

  // Read as `data-style`, so that the parser meets no inline style at all.
  const mail = new DOMParser().parseFromString(html.replace(/\sstyle=(["'])/gi, ' data-style=$1').replace(/<(\/?)style\b/gi, '<$1template'), 'text/html');
  const sheets = [...mail.querySelectorAll('template')].map((t) => t.innerHTML);
  mail.querySelectorAll('template, script, link, meta, base, iframe, object, embed, form').forEach((e) => e.remove());

  const body = page.importNode(mail.body, true);
  for (const element of [body, ...body.querySelectorAll<HTMLElement>('*')]) {
    for (const { name } of [...element.attributes]) if (name.startsWith('on')) element.removeAttribute(name);
    if (element.dataset.style) element.style.cssText = element.dataset.style;
  }
  page.documentElement.lang = mail.documentElement.lang;
  page.body.replaceWith(body);
  page.adoptedStyleSheets = sheets.map((text) => {
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(text.replace(/&gt;/g, '>').replace(/&lt;/g, '<').replace(/&amp;/g, '&'));
    return sheet;
  });
}
