"""Methods about the bot itself and the chats it is in."""

import json
import re

from bot.sandbox.call import Call, Method
from bot.sandbox.errors import bad_request
from bot.sandbox.model import Json
from bot.sandbox.wire import chat_json, user_json

MAX_COMMANDS = 100
MAX_COMMAND_DESCRIPTION = 256
MAX_NAME = 64
MAX_DESCRIPTION = 512
MAX_SHORT_DESCRIPTION = 120


async def get_me(call: Call) -> Json:
    return user_json(call.state.bot) | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def set_my_commands(call: Call) -> bool:
    given = call.sequence("commands", "can't parse commands JSON array") or []
    if len(given) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    return _set_commands(call, [_command(item) for item in given])


async def get_my_commands(call: Call) -> list[Json]:
    return call.state.profile.commands.get(_scope(call), [])


async def delete_my_commands(call: Call) -> bool:
    return _set_commands(call, [])


async def set_my_name(call: Call) -> bool:
    return _set(call, call.state.profile.names, "name", MAX_NAME)


async def get_my_name(call: Call) -> Json:
    return {"name": _get(call, call.state.profile.names, call.state.bot.first_name)}


async def set_my_description(call: Call) -> bool:
    return _set(call, call.state.profile.descriptions, "description", MAX_DESCRIPTION)


async def get_my_description(call: Call) -> Json:
    return {"description": _get(call, call.state.profile.descriptions)}


async def set_my_short_description(call: Call) -> bool:
    return _set(call, call.state.profile.short_descriptions, "short_description", MAX_SHORT_DESCRIPTION)


async def get_my_short_description(call: Call) -> Json:
    return {"short_description": _get(call, call.state.profile.short_descriptions)}


async def get_chat(call: Call) -> Json:
    return chat_json(call.chat()) | {
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }


async def get_chat_member(call: Call) -> Json:
    members = call.chat().members
    user = next((each for each in members.values() if str(each.id) == call.text("user_id")), None)
    if user is None:
        raise bad_request("PARTICIPANT_ID_INVALID")
    if user is next(iter(members.values())) and not call.chat().is_private:
        return {"status": "creator", "user": user_json(user), "is_anonymous": False}
    return {"status": "member", "user": user_json(user)}


async def confirm(_call: Call) -> bool:
    """logOut and close: nothing needs to be moved to another server here."""
    return True


def _scope(call: Call) -> tuple[str, str]:
    """The key under which commands are kept: the scope as settled JSON, and the language."""
    scope = call.mapping("scope", "can't parse bot command scope JSON object") or {"type": "default"}
    return json.dumps(scope, sort_keys=True), call.text("language_code")


def _set_commands(call: Call, commands: list[Json]) -> bool:
    if commands:
        call.state.profile.commands[_scope(call)] = commands
    else:
        call.state.profile.commands.pop(_scope(call), None)
    call.state.tell_profile()
    return True


def _command(given: object) -> Json:
    if not isinstance(given, dict):
        raise bad_request("can't parse commands JSON array")
    name = str(given.get("command", "")).removeprefix("/")
    description = str(given.get("description", "")).strip()
    if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= MAX_COMMAND_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


def _set(call: Call, texts: dict[str, str], name: str, limit: int) -> bool:
    text = call.text(name)
    if len(text) > limit:
        raise bad_request(f"bot {name.replace('_', ' ')} is too long")
    texts[call.text("language_code")] = text
    call.state.tell_profile()
    return True


def _get(call: Call, texts: dict[str, str], default: str = "") -> str:
    """The text of a language, or else the one for everybody."""
    return texts.get(call.text("language_code")) or texts.get("") or default


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": set_my_name,
    "getMyName": get_my_name,
    "setMyDescription": set_my_description,
    "getMyDescription": get_my_description,
    "setMyShortDescription": set_my_short_description,
    "getMyShortDescription": get_my_short_description,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "logOut": confirm,
    "close": confirm,
}
