// Text with entities -> DOM nodes. Entities count UTF-16 units, and so do JavaScript's strings.

import { make } from "./dom.js";

const TAGS = {
  bold: "b",
  italic: "i",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
};
const SAFE_LINK = /^(https?|tg|mailto):/i;

// `onCommand` is called with "/command" and `onLink` with an address; onLink returns true if it took care of it.
export function formatted(text, entities = [], { onCommand, onLink }) {
  const build = (start, end, inside) => {
    const nodes = [];
    let at = start;
    for (let i = 0; i < inside.length; ) {
      const entity = inside[i];
      const stop = Math.min(end, entity.offset + entity.length);
      let next = i + 1;
      while (next < inside.length && inside[next].offset < stop) next += 1;
      if (entity.offset > at) nodes.push(text.slice(at, entity.offset));
      const from = Math.max(at, entity.offset);
      nodes.push(wrap(entity, text.slice(from, stop), build(from, stop, inside.slice(i + 1, next))));
      at = Math.max(at, stop);
      i = next;
    }
    if (at < end) nodes.push(text.slice(at, end));
    return nodes;
  };

  const wrap = (entity, plain, children) => {
    if (entity.type in TAGS) return make(TAGS[entity.type], {}, ...children);
    if (entity.type === "spoiler") {
      const reveal = (event) => event.currentTarget.classList.add("shown");
      return make("span", { class: "spoiler", on: { click: reveal } }, ...children);
    }
    if (entity.type === "bot_command") {
      return make("button", { type: "button", class: "command", on: { click: () => onCommand(plain) } }, ...children);
    }
    const address = entity.type === "text_link" ? entity.url : entity.type === "url" ? plain : "";
    if (!SAFE_LINK.test(address)) return make("span", {}, ...children);
    const follow = (event) => onLink(address) && event.preventDefault();
    return make(
      "a",
      { href: address, target: "_blank", rel: "noopener noreferrer", on: { click: follow } },
      ...children,
    );
  };

  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return build(0, text.length, sorted);
}
