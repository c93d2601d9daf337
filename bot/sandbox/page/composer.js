// Where a person writes: text, the / menu, a reply or an edit, pictures to attach.

import { contentOf, summary } from "./bubbles.js";
import { find, label, make } from "./dom.js";
import { words } from "./words.js";

const LONGEST_TEXT = 4096; // of an edit; a new text may be longer, and goes in parts
const LONGEST_CAPTION = 1024;

const coarse = matchMedia("(pointer: coarse)");

export class Composer {
  // `send(text, replyTo)` and `edit(message, text)` return promises; `attach(files)` shows the pictures first.
  constructor({ send, edit, attach }) {
    Object.assign(this, { send, edit });
    this.commands = [];
    this.chosen = -1;
    this.about = null; // { message, editing }
    this.text = find("text");
    this.list = find("commands");
    this.text.addEventListener("input", () => this.#changed());
    this.text.addEventListener("keydown", (event) => this.#key(event));
    this.text.addEventListener("blur", () => this.#showCommands([]));
    // The text keeps the focus, or the list would close under the finger that opens it or picks from it.
    for (const pressed of [this.list, find("slash")]) pressed.addEventListener("mousedown", (event) => event.preventDefault());
    this.text.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files];
      if (files.length) event.preventDefault(), attach(files);
    });
    find("composer").addEventListener("submit", (event) => (event.preventDefault(), this.#submit()));
    find("slash").addEventListener("click", () => this.#openCommands());
    find("about-close").addEventListener("click", () => this.setAbout(null));
    find("attach").addEventListener("click", () => find("files").click());
    find("files").addEventListener("change", (event) => {
      attach([...event.target.files]);
      event.target.value = "";
    });
  }

  translate() {
    this.text.placeholder = words.message;
    label(this.text, words.message);
    this.text.removeAttribute("title");
    label(find("send"), words.send);
    label(find("attach"), words.attach);
    label(find("slash"), words.commands);
    label(find("about-close"), words.cancel);
    this.list.setAttribute("aria-label", words.commands);
    this.setAbout(this.about);
  }

  setCommands(commands) {
    this.commands = commands;
    find("slash").hidden = commands.length === 0;
  }

  // Reply to a message, edit one's own, or neither (null).
  setAbout(about) {
    const wasEditing = this.about?.editing;
    this.about = about;
    find("about").hidden = !about;
    if (about?.editing) this.text.maxLength = about.message.text === undefined ? LONGEST_CAPTION : LONGEST_TEXT;
    else this.text.removeAttribute("maxlength");
    if (!about) {
      if (wasEditing) this.#set("");
      return;
    }
    const { message, editing } = about;
    find("about-title").textContent = editing ? words.editing : words.replyTo(message.from.first_name);
    find("about-text").textContent = summary(message);
    if (editing && !wasEditing) this.#set(contentOf(message));
    this.text.focus();
  }

  // The id of the message replied to, if any.
  get replyTo() {
    return this.about?.editing ? undefined : this.about?.message.message_id;
  }

  // A reply to this message has gone; another one may have been begun meanwhile.
  replied(id) {
    if (id !== undefined && id === this.replyTo) this.setAbout(null);
  }

  async #submit() {
    const text = this.text.value.trim();
    if (!text) return;
    const { about } = this;
    this.#set("");
    this.#showCommands([]);
    this.about = null;
    this.setAbout(null);
    try {
      if (about?.editing) await this.edit(about.message, text);
      else await this.send(text, about?.message.message_id);
    } catch {
      this.setAbout(about);
      this.#set(text);
    }
  }

  #set(text) {
    this.text.value = text;
    this.#changed();
  }

  #changed() {
    find("send").disabled = !this.text.value.trim();
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 160)}px`;
    const typed = /^\/(\w*)$/.exec(this.text.value);
    this.#showCommands(typed ? this.commands.filter(({ command }) => command.startsWith(typed[1].toLowerCase())) : []);
  }

  #openCommands() {
    this.text.focus();
    if (!this.list.hidden) return this.#showCommands([]);
    this.#showCommands(this.commands);
  }

  #showCommands(commands) {
    this.chosen = -1;
    this.list.hidden = commands.length === 0;
    this.list.replaceChildren(
      ...commands.map(({ command, description }, index) => {
        const pick = (event) => (event.preventDefault(), this.#pick(index));
        return make(
          "li",
          { role: "option", id: `command-${index}`, "aria-selected": "false", dataset: { command }, on: { mousedown: pick } },
          make("b", { text: `/${command}` }),
          make("span", { text: description }),
        );
      }),
    );
    this.text.removeAttribute("aria-activedescendant");
  }

  #choose(index) {
    const rows = [...this.list.children];
    this.chosen = (index + rows.length) % rows.length;
    rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === this.chosen)));
    rows[this.chosen].scrollIntoView({ block: "nearest" });
    this.text.setAttribute("aria-activedescendant", `command-${this.chosen}`);
  }

  #pick(index) {
    this.#set(`/${this.list.children[index].dataset.command}`);
    this.#submit();
  }

  #key(event) {
    const open = !this.list.hidden;
    if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const from = this.chosen < 0 && event.key === "ArrowUp" ? 0 : this.chosen;
      this.#choose(from + (event.key === "ArrowDown" ? 1 : -1));
    } else if (open && event.key === "Tab") {
      event.preventDefault();
      this.#set(`/${this.list.children[Math.max(0, this.chosen)].dataset.command} `);
    } else if (event.key === "Escape") {
      if (open) this.#showCommands([]);
      else this.setAbout(null);
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !coarse.matches) {
      event.preventDefault();
      if (open && this.chosen >= 0) this.#pick(this.chosen);
      else this.#submit();
    }
  }
}
