"""The chat page and what it asks: who is there, what happens in the chat, and what a person does."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.sandbox.call import Upload, read_uploads
from bot.sandbox.errors import ApiError
from bot.sandbox.lengths import check_caption
from bot.sandbox.model import Event, Json, Message
from bot.sandbox.person import Attachment, Person
from bot.sandbox.reactions import is_reaction
from bot.sandbox.state import State
from bot.sandbox.wire import chat_json, message_json, user_json

PAGE_FOLDER = Path(__file__).parent / "page"
PING_SECONDS = 15.0
PRESS_SECONDS = 10.0
MAX_ALBUM = 10
MAX_WAITING_EVENTS = 500  # a page this far behind starts afresh
_SHOWN_INLINE = {"image/jpeg", "image/png", "image/webp", "image/gif"}


class Page:
    """Routes of the page. A page sees one person in one chat: `/chat/<person>/<chat>/...`."""

    def __init__(self, state: State, people: Mapping[int, Person]) -> None:
        self._state = state
        self._people = people
        self._streams: set[asyncio.Queue[Json | None]] = set()
        self._assets = {path.name: path for path in PAGE_FOLDER.iterdir() if path.is_file()}

    def routes(self) -> list[web.RouteDef]:
        posts: dict[str, Callable[[Person, Json], Awaitable[Json]]] = {
            "text": self._send_text,
            "press": self._press,
            "react": self._react,
            "edit": self._edit,
            "delete": self._delete,
            "language": self._set_language,
        }
        where = r"/chat/{person:\d{1,20}}/{chat:-?\d{1,20}}"
        return [
            web.get("/", self._show_page),
            web.get("/page/{name}", self._show_asset),
            web.get("/chat/people", self._show_people),
            web.get("/chat/file/{file_id}", self._show_file),
            web.get(where + "/events", self._stream),
            web.post(where + "/media", self._send_media),
            *(web.post(f"{where}/{name}", self._json_handler(act)) for name, act in posts.items()),
        ]

    def close(self) -> None:
        """End every open event stream; the pages will come back."""
        for queue in self._streams:
            queue.put_nowait(None)

    async def _show_page(self, _request: web.Request) -> web.StreamResponse:
        return self._asset("index.html")

    async def _show_asset(self, request: web.Request) -> web.StreamResponse:
        return self._asset(request.match_info["name"])

    def _asset(self, name: str) -> web.StreamResponse:
        path = self._assets.get(name)
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={"Cache-Control": "no-cache"})

    async def _show_people(self, _request: web.Request) -> web.StreamResponse:
        people = [
            user_json(person.user)
            | {
                "chats": [
                    chat_json(chat) for chat in self._state.chats.values() if person.user_id in chat.members
                ]
            }
            for person in self._people.values()
        ]
        return web.json_response({"bot": user_json(self._state.bot), "people": people})

    async def _show_file(self, request: web.Request) -> web.StreamResponse:
        file = self._state.files.find(request.match_info["file_id"])
        if file is None:
            raise web.HTTPNotFound(text="This file is gone.")
        # Only pictures are shown; anything else might run in the page's name.
        shown = file.mime in _SHOWN_INLINE and "save" not in request.query
        headers = {
            "Content-Type": file.mime if file.mime in _SHOWN_INLINE else "application/octet-stream",
            "Content-Disposition": "inline" if shown else f"attachment; filename*=UTF-8''{quote(file.name)}",
            "Cache-Control": "private, max-age=86400, immutable",
        }
        return web.FileResponse(self._state.files.disk_path(file), headers=headers)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: first the whole chat, then every change."""
        person = self._person(request)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        async for event in self._events(person):
            line = f"data: {json.dumps(event, ensure_ascii=False)}\n\n" if event else ": still here\n\n"
            try:
                await response.write(line.encode())
            except ConnectionError:
                break
        return response

    async def _events(self, person: Person) -> AsyncIterator[Json | None]:
        """Events for a page; None from time to time so that a dead connection is noticed."""
        queue: asyncio.Queue[Json | None] = asyncio.Queue()

        def watch(event: Event) -> None:
            late = queue.qsize() >= MAX_WAITING_EVENTS
            queue.put_nowait(None if late else self._event_json(person, event))

        person.chat.watchers.add(watch)
        self._streams.add(queue)
        try:
            yield self._snapshot(person)
            while True:
                try:
                    event = await asyncio.wait_for(queue.get(), PING_SECONDS)
                except TimeoutError:
                    yield None
                    continue
                if event is None:
                    return
                yield event
        finally:
            person.chat.watchers.discard(watch)
            self._streams.discard(queue)

    def _event_json(self, person: Person, event: Event) -> Json:
        wire: Json = {"type": event.type}
        if event.type == "deleted" and event.message is not None:
            wire["message_id"] = event.message.id
        elif event.message is not None:
            wire["message"] = _shown_message(event.message, person)
        if event.action is not None:
            wire["action"] = event.action
        if event.type in ("person", "profile"):
            wire |= self._about(person)
        return wire

    def _snapshot(self, person: Person) -> Json:
        return {
            "type": "state",
            "chat": chat_json(person.chat),
            "messages": [_shown_message(message, person) for message in person.messages],
            **self._about(person),
        }

    def _about(self, person: Person) -> Json:
        """Who chats with whom: the person, and the bot as it presents itself in their language."""
        profile, language = self._state.profile, person.user.language_code or ""
        bot = user_json(self._state.bot)
        name = profile.names.get(language) or profile.names.get("") or bot["first_name"]
        return {
            "person": user_json(person.user),
            "bot": bot | {"first_name": name},
            "description": profile.descriptions.get(language) or profile.descriptions.get("", ""),
            "commands": self._state.commands_for(person.chat, person.user),
        }

    def _person(self, request: web.Request) -> Person:
        person = self._people.get(int(request.match_info["person"]))
        chat = self._state.chats.get(int(request.match_info["chat"]))
        if person is None or chat is None or person.user_id not in chat.members:
            raise web.HTTPNotFound(text="Nobody of that name is in this chat.")
        return person if chat is person.chat else person.in_chat(chat)

    def _json_handler(self, act: Callable[[Person, Json], Awaitable[Json]]) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            person = self._person(request)
            try:
                body = await request.json()
                return web.json_response(await act(person, body if isinstance(body, dict) else {}))
            except ApiError as error:
                return web.json_response({"error": error.description}, status=error.code)
            except (ValueError, LookupError, TypeError, RecursionError) as error:
                return web.json_response({"error": str(error)}, status=400)

        return handle

    async def _send_media(self, request: web.Request) -> web.StreamResponse:
        person = self._person(request)
        try:
            fields, uploads = await read_uploads(request)
            reply_to = _find(person, fields.get("reply_to"))
            sent = await _send_uploads(
                person, uploads, fields.get("caption", ""), fields.get("as") == "file", reply_to
            )
        except ApiError:
            return web.json_response({"error": "not a picture"}, status=400)
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"sent": sent})

    async def _send_text(self, person: Person, body: Json) -> Json:
        message = await person.send_text(str(body["text"]), reply_to=_find(person, body.get("reply_to")))
        return {"sent": 1, "message_id": message.id}

    async def _press(self, person: Person, body: Json) -> Json:
        answer = await person.press(_message(person, body), str(body["button"]), PRESS_SECONDS)
        if answer is None:
            return {"answered": False}
        return {"answered": True, "text": answer.text, "alert": answer.alert, "url": answer.url}

    async def _react(self, person: Person, body: Json) -> Json:
        emoji = str(body.get("emoji", ""))
        if emoji and not is_reaction(emoji):
            raise ValueError("Telegram has no such reaction.")
        await person.react(_message(person, body), *([emoji] if emoji else []))
        return {}

    async def _edit(self, person: Person, body: Json) -> Json:
        await person.edit(_message(person, body), str(body["text"]))
        return {}

    async def _delete(self, person: Person, body: Json) -> Json:
        await person.delete(_message(person, body))
        return {}

    async def _set_language(self, person: Person, body: Json) -> Json:
        person.set_language(str(body["language_code"]))
        return {}


def _shown_message(message: Message, person: Person) -> Json:
    """The message as the bot would see it, with what only people see."""
    mine = message.reactions.get(person.user_id, ())
    return message_json(message) | {"reactions": message.emojis, "my_reactions": list(mine)}


def _message(person: Person, body: Json) -> Message:
    found = _find(person, body.get("message_id"))
    if found is None:
        raise LookupError("This message is gone.")
    return found


def _find(person: Person, message_id: object) -> Message | None:
    number = str(message_id or "")
    return person.chat.messages.get(int(number)) if re.fullmatch("[0-9]{1,20}", number) else None


async def _send_uploads(
    person: Person, uploads: list[Upload], caption: str, as_file: bool, reply_to: Message | None
) -> int:
    """Send what was picked: one alone, or albums of up to ten. The caption goes with the first."""
    check_caption(caption)
    attachments = [
        Attachment(upload.content, "" if number else caption, upload.name if as_file else None, upload.mime)
        for number, upload in enumerate(uploads)
    ]
    for first in range(0, len(attachments), MAX_ALBUM):
        album = attachments[first : first + MAX_ALBUM]
        if len(album) > 1:
            await person.send_album(album, reply_to=reply_to)
        elif album[0].file_name is None:
            await person.send_photo(album[0].content, album[0].caption, reply_to=reply_to)
        else:
            await person.send_document(
                album[0].content, album[0].file_name, album[0].mime, album[0].caption, reply_to=reply_to
            )
    return len(attachments)
