// A picture on the whole screen, to look at and to save.

import { contentOf } from "./bubbles.js";
import { fileUrl, find, label } from "./dom.js";
import { words } from "./words.js";

const SWIPE = 48; // px that a finger moves to the side

const box = find("lightbox");
let pictures = [];
let current = 0;

export function openLightbox(message, all) {
  pictures = all.filter((other) => other.photo);
  current = pictures.findIndex((other) => other.message_id === message.message_id);
  show();
  box.showModal();
  find("lightbox-close").focus();
}

// A picture that is being painted gets better while somebody looks at it.
export function refreshLightbox(message) {
  if (!box.open || pictures[current]?.message_id !== message.message_id || !message.photo) return;
  pictures[current] = message;
  show();
}

export function translateLightbox() {
  label(find("lightbox-close"), words.close);
  label(find("lightbox-save"), words.save);
  label(find("lightbox-previous"), words.previous);
  label(find("lightbox-next"), words.next);
  box.setAttribute("aria-label", words.photo);
}

function show() {
  const message = pictures[current];
  if (!message) return;
  const largest = message.photo.at(-1);
  find("lightbox-picture").src = fileUrl(largest);
  find("lightbox-picture").alt = words.photo;
  find("lightbox-save").href = fileUrl(largest, true);
  find("lightbox-caption").textContent = contentOf(message);
  offer(find("lightbox-previous"), current > 0);
  offer(find("lightbox-next"), current < pictures.length - 1);
}

// A button that goes away leaves the focus to one that stays.
function offer(button, offered) {
  if (!offered && button === document.activeElement) find("lightbox-close").focus();
  button.hidden = !offered;
}

function step(by) {
  current = Math.max(0, Math.min(pictures.length - 1, current + by));
  show();
}

// With a finger one leafs by moving it to the side.
function watchSwipes(picture) {
  let from = null;
  picture.addEventListener("pointerdown", (event) => {
    from = event.isPrimary && event.pointerType === "touch" ? event.clientX : null;
  });
  picture.addEventListener("pointerup", (event) => {
    const moved = from === null || !event.isPrimary ? 0 : event.clientX - from;
    if (Math.abs(moved) >= SWIPE) step(moved < 0 ? 1 : -1);
  });
}

watchSwipes(find("lightbox-picture"));
find("lightbox-previous").addEventListener("click", () => step(-1));
find("lightbox-next").addEventListener("click", () => step(1));
find("lightbox-close").addEventListener("click", () => box.close());
box.addEventListener("click", (event) => {
  if (event.target === box || event.target.id === "lightbox-picture") box.close();
});
box.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});
box.addEventListener("close", () => find("lightbox-picture").removeAttribute("src"));
