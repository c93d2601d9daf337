"""/settings and /language: what a person wants of every painting, and how to speak with them."""

from telegram import CallbackQuery, Update

from bot.callbacks import ChooseSetting, OpenSetting, ShowSettings
from bot.chat.introduction import introduce_to, introduce_to_admin
from bot.chat.settings_menu import SETTINGS, Menu
from bot.handlers.press import answer, answer_stale_menu, turn_into
from bot.handlers.service import Context, Service, person_of, service_of
from bot.keyboards import language_keyboard
from bot.people.person import Person, is_group
from bot.people.preferences import preferences_of, remember
from bot.texts import languages, text


async def on_settings(update: Update, context: Context) -> None:
    """/settings"""
    service = service_of(context)
    if person := await person_of(update, service):
        menu = await _menu(service, person)
        await service.conversation.say(person, text(person.language, "settings"), menu.keyboard())


async def on_language(update: Update, context: Context) -> None:
    """/language"""
    service = service_of(context)
    if person := await person_of(update, service):
        html = text(person.language, "choose-language")
        await service.conversation.say(person, html, language_keyboard())


async def on_settings_press(
    service: Service,
    person: Person,
    query: CallbackQuery,
    pressed: ShowSettings | OpenSetting | ChooseSetting,
) -> None:
    """A button of /settings: its message turns into the question, and back."""
    menu = await _menu(service, person)
    try:
        if isinstance(pressed, OpenSetting):
            html = text(menu.language, SETTINGS[pressed.setting].question)
            keyboard = menu.choice_keyboard(pressed.setting)
        else:
            if isinstance(pressed, ChooseSetting):
                menu = await _choose(service, person, query, menu, pressed)
            html, keyboard = text(menu.language, "settings"), menu.keyboard()
    except LookupError:
        await answer_stale_menu(query, person)
        return
    await answer(query)
    await turn_into(service.conversation, person, query, html, keyboard)


async def on_language_press(service: Service, person: Person, query: CallbackQuery, language: str) -> None:
    """A button of /language."""
    if language not in languages():
        await answer_stale_menu(query, person)
        return
    await answer(query)
    await _speak(service, person, query, language)
    await turn_into(service.conversation, person, query, text(language, "language-set"))


async def _choose(
    service: Service, person: Person, query: CallbackQuery, menu: Menu, choice: ChooseSetting
) -> Menu:
    """Raises LookupError."""
    chosen = menu.choose(choice.setting, choice.value)
    if chosen.language != menu.language:
        await _speak(service, person, query, chosen.language)
    else:
        await remember(service.store, person.user_id, chosen.preferences)
    return chosen


async def _speak(service: Service, person: Person, query: CallbackQuery, language: str) -> None:
    await service.store.set_language(person.user_id, language)
    await service.worker.change_language(person.user_id, language)
    if service.access.is_admin(person.user_id):
        await introduce_to_admin(query.get_bot(), person.user_id, language)
    elif not is_group(person.chat_id):
        await introduce_to(query.get_bot(), person.chat_id, language)


async def _menu(service: Service, person: Person) -> Menu:
    estimates = service.estimates
    return Menu(
        preferences=await preferences_of(service.store, person.user_id),
        language=person.language,
        usual_size=estimates.usual_size,
        largest_size=estimates.largest_size,
        usual_quality=service.settings.styler_quality,
    )
