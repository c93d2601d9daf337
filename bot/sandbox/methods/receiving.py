"""Methods by which the bot gets updates, answers presses and fetches files."""

import re

from bot.sandbox.call import Call, Method
from bot.sandbox.errors import bad_request
from bot.sandbox.files import MEBIBYTE
from bot.sandbox.model import Json
from bot.sandbox.queries import CallbackAnswer
from bot.sandbox.webhook import Webhook, WebhookSettings
from bot.sandbox.wire import file_json

MAX_DOWNLOAD = 20 * MEBIBYTE
MAX_ANSWER = 200
MAX_CONNECTIONS = 100  # of a webhook


async def get_updates(call: Call) -> list[Json]:
    updates = call.state.updates
    updates.allow(call.sequence("allowed_updates", "can't parse allowed updates JSON array"))
    found = await updates.poll(
        call.number("offset"), call.number("limit", 100), call.number("timeout"), call.is_heard
    )
    return [update.json() for update in found]


async def answer_callback_query(call: Call) -> bool:
    text = call.text("text")
    if len(text) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    answer = CallbackAnswer(text, call.flag("show_alert"), call.text("url") or None)
    call.state.queries.answer(call.text("callback_query_id"), answer)
    return True


async def get_file(call: Call) -> Json:
    file_id = call.text("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    file = call.state.files.find(file_id)
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if call.state.local_mode:
        return file_json(file) | {"file_path": str(call.state.files.disk_path(file))}
    if file.size > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return file_json(file) | {"file_path": file.path}


def webhook_methods(webhook: Webhook) -> dict[str, Method]:
    """setWebhook, deleteWebhook and getWebhookInfo for this webhook."""

    async def set_webhook(call: Call) -> bool:
        url, secret = call.text("url"), call.text("secret_token")
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise bad_request("secret token contains unallowed characters")
        if url and not re.match(r"https?://[^\s/]", url):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        call.state.updates.allow(call.sequence("allowed_updates", "can't parse allowed updates JSON array"))
        _drop_pending(call)
        connections = max(1, min(call.number("max_connections", 40), MAX_CONNECTIONS))
        settings = WebhookSettings(url, secret or None, connections)
        await webhook.set(settings if url else None)
        return True

    async def delete_webhook(call: Call) -> bool:
        _drop_pending(call)
        await webhook.set(None)
        return True

    async def get_webhook_info(_call: Call) -> Json:
        return webhook.info()

    return {"setWebhook": set_webhook, "deleteWebhook": delete_webhook, "getWebhookInfo": get_webhook_info}


def _drop_pending(call: Call) -> None:
    if call.flag("drop_pending_updates"):
        call.state.updates.pending.clear()


METHODS: dict[str, Method] = {
    "getUpdates": get_updates,
    "answerCallbackQuery": answer_callback_query,
    "getFile": get_file,
}
