// The list of messages: kept in step with the chat, scrolled as a reader expects.

import { bubble } from "./bubbles.js";
import { find, label, make } from "./dom.js";
import { announce, forgetNews } from "./news.js";
import { language, words } from "./words.js";

const NEAR_END = 120; // px
const JOINED_SECONDS = 300;

export class Log {
  constructor(handlers) {
    this.handlers = handlers;
    this.messages = new Map();
    this.viewer = null;
    this.shown = ""; // whose chat, in which language
    this.box = find("log");
    this.frame = find("log-frame");
    this.unread = 0;
    this.frame.addEventListener("scroll", () => this.#showEndButton());
    find("to-end").addEventListener("click", () => this.scrollToEnd(true));
    // Whatever grows (a keyboard on a phone, a picture), a reader at the end stays at the end.
    this.atEnd = true;
    new ResizeObserver(() => this.atEnd && this.scrollToEnd()).observe(this.box);
    new ResizeObserver(() => this.atEnd && this.scrollToEnd()).observe(this.frame);
  }

  get empty() {
    return this.messages.size === 0;
  }

  // The whole chat. If it is the one that is shown, only what is different changes.
  showAll(messages, viewer, chat) {
    const [same, shown] = [`${viewer.id}/${chat.id}/`, `${viewer.id}/${chat.id}/${language}`];
    if (this.shown === shown) return this.#catchUp(messages);
    const stay = this.shown.startsWith(same) && !this.atEnd ? this.frame.scrollTop : null;
    Object.assign(this, { viewer, shown });
    forgetNews();
    this.messages = new Map(messages.map((message) => [message.message_id, message]));
    this.#redraw();
    if (stay === null) this.scrollToEnd();
    else this.frame.scrollTop = stay;
    return undefined;
  }

  #catchUp(messages) {
    const there = new Set(messages.map((message) => message.message_id));
    for (const id of [...this.messages.keys()]) if (!there.has(id)) this.remove(id);
    for (const message of messages) {
      const known = this.messages.get(message.message_id);
      if (!known) this.add(message);
      else if (JSON.stringify(known) !== JSON.stringify(message)) this.change(message);
    }
  }

  add(message) {
    if (this.messages.has(message.message_id)) return this.change(message);
    this.messages.set(message.message_id, message);
    const block = this.#blockOf(message);
    const shown = this.element(block[0].message_id);
    const mine = message.from.id === this.viewer.id;
    const follow = this.atEnd || mine; // asked before the log grows
    if (!mine) announce(message);
    if (shown) this.#replace(shown, block);
    else this.#append(block);
    // At once: a smooth scroll would end where the log ended when it began, above an answer that came meanwhile.
    if (follow) this.scrollToEnd();
    else this.unread += 1;
    this.#showEndButton();
  }

  change(message) {
    const before = this.messages.get(message.message_id);
    if (!before) return;
    // Other buttons are another step of the talk; other words above the same ones are progress, and no news.
    if (JSON.stringify(before.reply_markup) !== JSON.stringify(message.reply_markup)) announce(message);
    this.messages.set(message.message_id, message);
    const block = this.#blockOf(message);
    this.#replace(this.element(block[0].message_id), block);
  }

  remove(id) {
    const message = this.messages.get(id);
    if (!message) return;
    const block = this.#blockOf(message);
    const old = this.element(block[0].message_id);
    this.messages.delete(id);
    const rest = block.filter((other) => other !== message);
    if (rest.length) this.#replace(old, rest);
    else this.#takeOut(old);
    this.#showEndButton();
  }

  goTo(id) {
    const message = this.messages.get(id);
    const element = message && this.element(this.#blockOf(message)[0].message_id);
    if (!element) return;
    element.scrollIntoView({ block: "center", behavior: "smooth" });
    element.classList.remove("found");
    requestAnimationFrame(() => element.classList.add("found"));
  }

  element(id) {
    return this.box.querySelector(`[data-id="${Number(id)}"]`);
  }

  scrollToEnd(smooth = false) {
    this.atEnd = true;
    this.frame.scrollTo({ top: this.frame.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  }

  #redraw() {
    this.box.replaceChildren();
    let block = [];
    for (const message of this.messages.values()) {
      if (block.length && !sameAlbum(block[0], message)) {
        this.#append(block).classList.add("still");
        block = [];
      }
      block.push(message);
    }
    if (block.length) this.#append(block).classList.add("still");
    this.#showEndButton();
  }

  // Draws a block anew where it stands; whoever is on one of its buttons stays there.
  #replace(old, block) {
    const focused = old.contains(document.activeElement) ? nameOf(document.activeElement) : null;
    const fresh = this.#draw(block, old);
    old.replaceWith(fresh);
    if (focused === null) return;
    const same = [...fresh.querySelectorAll("button, a")].find((one) => nameOf(one) === focused);
    (same ?? fresh.querySelector(".more")).focus({ preventScroll: true });
  }

  #takeOut(old) {
    const { previousElementSibling: before, nextElementSibling: after } = old;
    const isMessage = (element) => element?.matches(".message");
    const focused = old.contains(document.activeElement);
    old.remove();
    if (isMessage(after)) after.classList.toggle("joined", this.#joins(this.messages.get(Number(after.dataset.id))));
    else if (!isMessage(before)) before?.remove(); // the heading of a day with nothing left
    if (!focused) return;
    const near = [after, before].find(isMessage) ?? [...this.box.querySelectorAll(".message")].at(-1);
    (near?.querySelector(".more") ?? this.frame).focus({ preventScroll: true });
  }

  #append(block) {
    const before = this.#before(block[0]);
    const day = dayOf(block[0]);
    if (!before || dayOf(before) !== day) this.box.append(make("p", { class: "day" }, make("span", { text: day })));
    const element = this.#draw(block);
    this.box.append(element);
    return element;
  }

  #draw(block, old) {
    const element = bubble(block, this.viewer, this.handlers, old);
    element.classList.toggle("joined", this.#joins(block[0]));
    if (old) element.classList.add("still");
    return element;
  }

  // Whether a message stands close below the one before it.
  #joins(message) {
    const before = this.#before(message);
    if (!before || before.reply_markup || before.from.id !== message.from.id) return false;
    return message.date - before.date < JOINED_SECONDS;
  }

  #before(message) {
    let found = null;
    for (const other of this.messages.values()) {
      if (other.message_id >= message.message_id) break;
      found = other;
    }
    return found;
  }

  #blockOf(message) {
    if (!message.media_group_id) return [message];
    return [...this.messages.values()].filter((other) => sameAlbum(other, message));
  }

  #showEndButton() {
    const distance = this.frame.scrollHeight - this.frame.scrollTop - this.frame.clientHeight;
    this.atEnd = distance < NEAR_END;
    if (this.atEnd) this.unread = 0;
    find("to-end").hidden = this.atEnd;
    find("unread").textContent = this.unread || "";
    label(find("to-end"), words.toEnd);
  }
}

function nameOf(element) {
  return element.ariaLabel ?? element.textContent;
}

function sameAlbum(one, other) {
  return one.media_group_id !== undefined && one.media_group_id === other.media_group_id;
}

function dayOf(message) {
  const date = new Date(message.date * 1000);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 864e5);
  if (days === 0) return words.today;
  if (days === 1) return words.yesterday;
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "long" }).format(date);
}
