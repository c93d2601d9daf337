// Talks to the sandbox: posts what a person does, hears what happens in the chat.

let where = "";
let source = null;

async function check(response) {
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error(answer.error || response.statusText), { status: response.status });
  return answer;
}

export async function people() {
  return check(await fetch("/chat/people"));
}

export async function post(action, body) {
  const headers = { "Content-Type": "application/json" };
  return check(await fetch(`${where}/${action}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

export async function postFiles(files, fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value) form.append(name, value);
  for (const file of files) form.append("files", file, file.name || "picture.png");
  return check(await fetch(`${where}/media`, { method: "POST", body: form }));
}

// Listen to one person's chat. The server begins each connection with the whole chat, so nothing is missed.
export function listen(person, chat, { onEvent, onLost }) {
  source?.close();
  where = `/chat/${person}/${chat}`;
  const mine = (source = new EventSource(`${where}/events`));
  mine.onmessage = (event) => mine === source && onEvent(JSON.parse(event.data));
  mine.onerror = () => {
    if (mine !== source) return;
    onLost();
    // A browser gives up for good after an HTTP error; a restarted sandbox deserves another try.
    if (mine.readyState === EventSource.CLOSED) {
      setTimeout(() => mine === source && listen(person, chat, { onEvent, onLost }), 1500);
    }
  };
}
