// One message, or one album, as a bubble.

import { fileUrl, icon, label, make } from "./dom.js";
import { formatted } from "./formatted.js";
import { language, words } from "./words.js";

const WIDEST = 340; // px, of a picture in a bubble
const NARROWEST = 220;
const TALLEST = 420;
const SHARP_ENOUGH = 680; // px: twice the widest bubble picture, for fine screens

export const contentOf = (message) => message.text ?? message.caption ?? "";

export function summary(message) {
  const kind = message.photo ? words.photo : message.sticker ? words.sticker : message.document?.file_name;
  return contentOf(message) || kind || "";
}

export function timeOf(message) {
  return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(message.date * 1000);
}

// `block` is the messages of one album, or a single message. `handlers` says what presses and clicks do.
// `old` is the element shown before, whose pictures stay visible until the new ones have loaded.
export function bubble(block, viewer, handlers, old) {
  const [first] = block;
  const mine = first.from.id === viewer.id;
  const worded = block.find((message) => contentOf(message)) ?? first;
  const pictures = block.filter((message) => message.photo);
  const text = contentOf(worded);
  const body = make(
    "div",
    { class: "bubble" },
    first.chat.type !== "private" && !mine ? make("b", { class: "sender", text: first.from.first_name }) : null,
    first.forward_origin ? forwarded(first) : null,
    first.reply_to_message ? quote(first.reply_to_message, handlers) : null,
    pictures.length ? gallery(pictures, handlers, old) : null,
    first.sticker ? sticker(first) : null,
    ...block.filter((message) => message.document).map(fileRow),
    text ? wordsOf(worded, text, handlers) : null,
    make("span", { class: "time", text: (showsEdit(worded) ? `${words.edited} ` : "") + timeOf(first) }),
  );
  const more = make("button", { type: "button", class: "more", on: { click: (event) => menuAt(event) } }, icon("more"));
  label(more, words.more);
  const menuAt = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    handlers.menu(worded, event.clientX || box.left, event.clientY || box.bottom);
  };
  const kinds = [mine ? "mine" : "theirs", pictures.length && "has-photo", first.sticker && "has-sticker"];
  const bare = !text && !first.reply_to_message && !first.forward_origin && (pictures.length || first.sticker);
  return make(
    "article",
    {
      class: ["message", ...kinds, bare && "bare", first.reply_markup && "has-keys"].filter(Boolean).join(" "),
      "aria-label": first.from.first_name,
      dataset: { id: first.message_id },
      on: {
        contextmenu: (event) => {
          if (event.target.closest("a, img") || String(getSelection())) return;
          event.preventDefault();
          handlers.menu(worded, event.clientX, event.clientY);
        },
      },
    },
    make("div", { class: "line" }, body, more),
    worded.reactions.length ? reactions(worded, handlers) : null,
    first.reply_markup ? keyboard(first, handlers) : null,
  );
}

function showsEdit(message) {
  return message.edit_date && !message.from.is_bot;
}

function forwarded(message) {
  return make("p", { class: "forwarded", text: words.forwarded(message.forward_origin.sender_user.first_name) });
}

function quote(original, handlers) {
  const small = original.photo?.[0] ?? original.document?.thumbnail;
  return make(
    "button",
    { type: "button", class: "quote", on: { click: () => handlers.goTo(original.message_id) } },
    small ? make("img", { src: fileUrl(small), alt: "" }) : null,
    make(
      "span",
      {},
      make("b", { text: original.from.first_name }),
      make("span", { class: "quoted", text: summary(original) }),
    ),
  );
}

function gallery(pictures, handlers, old) {
  const box = make("div", { class: pictures.length > 1 ? "album" : "single", dataset: { count: pictures.length } });
  const before = old ? [...old.querySelectorAll(".photo")] : [];
  for (const [index, message] of pictures.entries()) {
    const largest = message.photo.at(-1);
    const shown = message.photo.find((size) => Math.max(size.width, size.height) >= SHARP_ENOUGH) ?? largest;
    const picture = make("img", { src: fileUrl(shown), alt: words.photo, width: shown.width, height: shown.height });
    const frame = make("button", { type: "button", class: "photo", dataset: { file: largest.file_id } }, picture);
    frame.addEventListener("click", () => handlers.openPhoto(message));
    label(frame, words.openPhoto);
    if (pictures.length === 1) {
      const ratio = largest.width / largest.height;
      const width = Math.max(NARROWEST, Math.min(WIDEST, TALLEST * ratio, largest.width));
      frame.style.setProperty("--width", `${width}px`);
      frame.style.aspectRatio = Math.max(ratio, width / TALLEST);
    }
    const shownBefore = before[index]?.querySelector("img");
    if (shownBefore?.complete && shownBefore.naturalWidth) {
      frame.style.backgroundImage = `url("${shownBefore.src}")`;
      picture.addEventListener("load", () => (frame.style.backgroundImage = ""), { once: true });
    }
    box.append(frame);
  }
  return box;
}

function sticker(message) {
  const { sticker: file } = message;
  return make("img", { class: "sticker", src: fileUrl(file), alt: file.emoji || words.sticker });
}

function fileRow(message) {
  const file = message.document;
  const preview = file.thumbnail
    ? make("img", { src: fileUrl(file.thumbnail), alt: "" })
    : make("span", { class: "file-icon" }, icon("file"));
  const link = make(
    "a",
    { class: "file", href: fileUrl(file, true), download: file.file_name },
    preview,
    make(
      "span",
      { class: "file-words" },
      make("b", { text: file.file_name }),
      make("span", { text: sizeOf(file.file_size) }),
    ),
    make("span", { class: "file-save" }, icon("save")),
  );
  link.setAttribute("aria-label", `${words.saveFile(file.file_name)}, ${sizeOf(file.file_size)}`);
  return link;
}

export function sizeOf(bytes) {
  const steps = ["byte", "kilobyte", "megabyte"];
  const step = bytes < 1000 ? 0 : bytes < 1e6 ? 1 : 2;
  const style = { style: "unit", unit: steps[step], unitDisplay: "short", maximumFractionDigits: step === 2 ? 1 : 0 };
  return new Intl.NumberFormat(language, style).format(bytes / 1000 ** step);
}

function wordsOf(message, text, handlers) {
  const entities = message.entities ?? message.caption_entities;
  return make("div", { class: "words", dir: "auto" }, ...formatted(text, entities, handlers));
}

function reactions(message, handlers) {
  const counts = new Map();
  for (const emoji of message.reactions) counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
  return make(
    "div",
    { class: "reactions" },
    ...[...counts].map(([emoji, count]) => {
      const mine = message.my_reactions.includes(emoji);
      const chip = make("button", {
        type: "button",
        class: "reaction",
        "aria-pressed": String(mine),
        text: count > 1 ? `${emoji} ${count}` : emoji,
        on: { click: () => handlers.react(message, mine ? "" : emoji) },
      });
      label(chip, words.react(emoji));
      return chip;
    }),
  );
}

function keyboard(message, handlers) {
  const rows = message.reply_markup.inline_keyboard.map((row) =>
    make(
      "div",
      { class: "row" },
      ...row.map((button) => {
        const key = make("button", { type: "button", class: "key" }, make("span", { text: button.text }));
        if (button.url) key.classList.add("opens");
        key.addEventListener("click", () => handlers.press(message, button, key));
        return key;
      }),
    ),
  );
  return make("div", { class: "keyboard" }, ...rows);
}
