// What those are told who listen to the chat: each new message once, however often it changes afterwards.

import { contentOf, summary } from "./bubbles.js";
import { find, make } from "./dom.js";
import { words } from "./words.js";

const KEPT = 5;

export function announce(message) {
  const box = find("news");
  box.append(make("p", { text: spoken(message) }));
  while (box.children.length > KEPT) box.firstElementChild.remove();
}

export function forgetNews() {
  find("news").replaceChildren();
}

function spoken(message) {
  const said = message.photo && contentOf(message) ? `${words.photo}, ${contentOf(message)}` : summary(message);
  return `${message.from.first_name}: ${said}`;
}
