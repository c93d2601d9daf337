# What the bot says in English. Telegram's HTML: <b>, <i>, <code>. Values in { } come from the code.

language-name = English

## Commands, as the menu shows them

command-style = All styles, with a picture of each
command-again = Another photo in the last style
command-sheet = Your photo in every style
command-save = Save a style of your own
command-presets = Your own styles
command-status = How your paintings are doing
command-cancel = Cancel what is going on
command-settings = Settings
command-language = Language
command-help = How this works
command-privacy = What I keep about you
command-forget = Delete everything I keep about you
command-admin = Queue, numbers, pause, bans

## First words

description = Send me a photo and choose a style: a famous painting, a mosaic, stained glass and more. Or send a picture of your own, and I will paint in its style.
short-description = I turn photos into paintings, in any style you like.
start =
    👋 <b>I turn photos into paintings.</b>

    Send me a photo and choose a style. Or send a second picture, and I will paint in its style.
help =
    <b>How to get a painting</b>
    • Send a photo, then tap a style.
    • Or send a photo, then a second picture: I will paint the first in the style of the second.
    • Or send both together as an album: the first is the photo.
    • Or write <code>/style starry night</code> as your photo's caption.

    Photos come back as photos. Send a file, and you get a file.

    /style – all styles
    /again – another photo in the last style
    /sheet – your photo in every style
    /save, /presets – styles of your own
    /status – how your paintings are doing
    /cancel – cancel what is going on
    /settings – size, strength, language and more
    /privacy – what I keep about you

    Photos and paintings are deleted after { $kept }.
not-invited =
    Sorry, this is a private bot. If you know its owner, ask to be let in.
    Your Telegram ID: <code>{ $id }</code>
banned = This bot is closed to you.
too-much = I cannot keep up with you. Please wait a minute or two, then write again.

## Choosing

ask-for-style = Which style? Tap one, or send me a picture to take the style from.
ask-for-photo = Style: <b>{ $style }</b>. Now send me a photo.
ask-for-photo-in-group = Style: <b>{ $style }</b>. Now reply to this message with a photo.
choose-style =
    <b>Styles</b>
    Tap one, then send a photo. Or write its name: <code>/style { $example }</code>
unknown-style = I have no style called “{ $name }”. /style shows all of them.
did-you-mean =
    I have no style called “{ $name }”. Did you mean { $count ->
        [one] this one
       *[other] one of these
    }?
which-style = Several styles fit. Which one?
too-many-styles =
    I mix the first { $used ->
        [one] picture
       *[other] { $used } pictures
    } as styles and leave out { $left }: more than that turns to mud.
# What people write under a picture that is no photo to paint but the style.
words-for-style = style, the style, a style, this style, this is the style, style picture, in this style, use this style, paint in this style
# Where it is among the words under a photo, these may say in which one it is to be painted.
word-for-style = style
# The Snowball algorithm that finds a word whatever its ending.
stemmer = english
your-style = Custom style
your-styles = Blend of { $count } pictures
button-page = { $page } of { $pages }
button-cancel = Cancel
button-enough = Keep it like this
button-cancel-job = Cancel “{ $style }”
button-try-again = Try now
button-full-size = As a file

## Under a painting

look-strength = { $percent }%
look-colors = in the photo's colours
button-strength = { $percent }%
button-strength-now = ✓ { $percent }%
button-colors = Photo's colours
button-colors-kept = ✓ Photo's colours
button-other-style = Another style
button-bigger = Paint it bigger
button-swap = ⇄ Swap photo and style
button-next-photo = Another photo
button-delete = Delete
button-delete-sure = Yes, delete it
button-keep = No, keep it

## Every style at once

button-sheet = My photo in every style
every-style = Every style
sheet =
    🖼 <b>Your photo in every style</b>
    Tap a number, and I paint it large.

    { $titles }

## My own styles

button-own-styles = ★ My styles
button-drop = Delete a style
button-drop-sure = Yes, delete “{ $name }”
own =
    <b>Your styles</b>
    Tap one, then send a photo.
own-for-photo =
    <b>Your styles</b>
    Which one for this photo?
presets-none =
    You have no styles of your own yet.
    Send me a photo and then a picture whose style you like. When you like the painting, write <code>/save NAME</code>.
saved = Saved as <b>{ $name }</b>. Next time just write <code>/style { $name }</code>, or find it under /presets.
save-how = Write a name after the command: <code>/save my carpet</code>. I keep the style picture of your last painting under that name.
save-nothing = There is no style picture of yours to keep. Send me a photo and then a picture whose style you like.
save-name-taken = There is a style called “{ $name }” already. Please choose another name.
save-too-many = You have { $most } styles, and I keep no more. Delete one first: /presets
preset-dropped = “{ $name }” is deleted.
preset-gone = You have no such style any more. /presets shows those you have.

## Help where something else was expected

help-photo = Send me a photo, and I will paint it. /style shows the styles.
help-style = Your photo is waiting for a style: tap one above, open /style, or send me a second picture.
help-photo-for-style = <b>{ $style }</b> is chosen. Now send me a photo.
help-group =
    Reply to any photo here with <code>/style</code>, or send one of your own with the caption <code>/style mosaic</code>: I will paint it.
help-room =
    { $count ->
        [1] I still have your photo and will paint it
       *[other] I still have your { $count } photos and will paint them
    } as soon as there is room.
only-pictures = I can only paint pictures. Send me a photo, please.
only-pictures-for-photo = I can only use pictures. Your photo still waits for a style: tap one above, or open /style.

## Pictures that cannot be used

refused-missing = The picture did not reach me. Please send it again.
refused-empty = That file is empty. Please send it again.
refused-not-an-image = I cannot open that as a picture. Send me a JPEG or PNG, please.
refused-truncated = That picture is damaged: its end is missing. Please send it again.
refused-too-small = That picture is too small to paint. Send me one of at least { $pixels } pixels on each side.
refused-too-large = That picture is too large for me. Send it as a photo, not as a file: Telegram makes it smaller then.
refused-too-narrow = That picture is too narrow: one side is more than { $times } times the other. Crop it a little and send it again.
refused-too-slow = That picture takes me too long to open. Please save it again in another format, or send it as a photo.
refused-heavy-file = That file is over { $megabytes } MB, which is more than Telegram lets me fetch. Send it as a photo, please.
refused-other-file = That file is not a picture. Send me a photo, please.
refused-animation = That one moves, and I can only paint what holds still. Send me a photo, please.
refused-moving-sticker = That sticker moves, and I can only paint what holds still. Send me another, please.
album-without-photo = This one was to be the photo, and the other pictures its style. Please send the whole album again.
refused-download = I could not fetch that picture from Telegram. Please send it again.

## The queue

queue-full =
    So many people are waiting that I cannot take more right now. I keep { $count ->
        [one] your photo and will paint it
       *[other] your { $count } photos and will paint them
    } as soon as there is room.
queue-closed =
    I take no new photos right now. I keep { $count ->
        [one] your photo and will paint it
       *[other] your { $count } photos and will paint them
    } as soon as I am open again.
queue-quota =
    { $limit ->
        [one] You have had your painting,
       *[other] You have had { $limit } paintings,
    } and now it is the others' turn. I keep { $count ->
        [one] this photo and will paint it
       *[other] your { $count } photos and will paint the first
    } in about { $wait }.
queue-own-limit =
    { $limit ->
        [one] I am still busy with your other painting.
       *[other] I am still busy with your other { $limit } paintings.
    } { $count ->
        [one] I keep this photo and will paint it next.
       *[other] I keep { $count } photos for you and will paint them next.
    }
queue-keeps-no-more =
    I cannot keep more than { $count } photos for you. Please send the last { $left ->
        [one] one
       *[other] { $left }
    } again later.

## One job, in one message

live-waiting =
    🕐 <b>{ $style }</b>
    { $why }
waits-no-more = You are next.
waits-for-me = I am taking a break. Your place is kept, and I will carry on by myself.
waits-for-people =
    { $people ->
        [one] { $people } person
       *[other] { $people } people
    } before you.
waits-for-own =
    { $own ->
        [one] Your other painting goes first.
       *[other] Your other { $own } paintings go first.
    }
waits-its-turn =
    Everyone takes turns: { $people ->
        [one] { $people } person goes
       *[other] { $people } people go
    } before your { $number ->
        [2] second
        [3] third
       *[other] next
    } painting.
waits-as-long = Ready in about { $wait }.
live-starting =
    🎨 <b>{ $style }</b>
    Mixing the paint…
live-painting =
    🎨 <b>{ $style }</b>
    { $bar } { $percent }%
    About { $left } left
live-finishing =
    🎨 <b>{ $style }</b>
    { $bar } { $percent }%
    Almost done
live-cancelled =
    ✖️ <b>{ $style }</b>
    Cancelled. Send a photo whenever you like.
result =
    🖼 <b>{ $style }</b>
    Share this style: <a href="{ $link }">{ $shown }</a>
result-reduced = It came out smaller, { $size } pixels on the long side: my memory was too small for more.
ready = Your painting is ready.

failed-engine =
    😔 <b>{ $style }</b>
    This one did not work out, and that is my fault. Please try again, perhaps with another style.
failed-memory =
    😔 <b>{ $style }</b>
    My memory was too small for this painting. Choose a smaller size in /settings, or try again in a little while.
failed-disk =
    😔 <b>{ $style }</b>
    I have no room to keep this painting. Please try again later.
failed-time =
    😔 <b>{ $style }</b>
    This one took too long, so I stopped. Please try a smaller size or a lower quality: /settings
failed-picture =
    😔 <b>{ $style }</b>
    I could not read that picture. Please send another one.
failed-lost =
    😔 <b>{ $style }</b>
    I no longer have that photo. Please send it again.
failed-style =
    😔 <b>{ $style }</b>
    I no longer have that style. Choose another one: /style

## What I am told to do

status-none = I have nothing to paint for you right now. Send me a photo.
status-waiting-style = Your photo is waiting for a style: tap one above, or open /style.
status-waiting = 🕐 <b>{ $style }</b>. { $why }
status-starting = 🎨 <b>{ $style }</b> – just starting
status-painting = 🎨 <b>{ $style }</b> – { $percent }%, about { $left } left
status-delivering = 🖼 <b>{ $style }</b> – ready, on its way to you
cancelled-dialogue = All right, cancelled. Send a photo whenever you like.
cancelled-job = Cancelled: <b>{ $style }</b>.
stopping = Cancelling “{ $style }”…
enough = All right: “{ $style }” stays as it is now.
enough-too-early = There is nothing to see of “{ $style }” yet. Give me a few seconds.
cancel-which = Which one shall I cancel?
cancel-others = Still at work for you:
nothing-to-cancel = There is nothing to cancel. Send me a photo.
stale-button = That button is from earlier. Send the photo again, and we start afresh.
stale-menu = That button is out of date. Please open the menu again.
not-your-question = Only the one who asked can choose here. Reply to a photo with /style, and I will paint it for you.
already-settled = That is settled already.
already-painted = I have painted this photo in that style already: it is further up.
style-is-chosen = “{ $style }” is chosen. Now send me a photo.
already-in-work = I am painting this photo already.
job-over = I am not painting that one any more.
not-your-job = That is somebody else's painting. Reply to a photo with /style, and I will paint it for you.
result-gone =
    I no longer have this painting: I keep them for { $kept }. Send me the photo, and I will paint it again.
again-none = I have not painted anything for you yet. Send me a photo to begin.
start-with-recipe = 👋 <b>I turn photos into paintings.</b> Somebody shared this style with you.
recipe-gone = I no longer have the style that was shared with you. Send me a photo, and choose another: /style
style-gone = I no longer have the picture of this style. Send it again, or choose another: /style
too-busy = So many people are waiting that I cannot take more right now. Press again in a few minutes.
too-busy-with-yours = I am still painting for you. Press again when a painting is ready.
too-busy-closed = I take no new photos right now. Press again in a while.
too-busy-quota =
    { $limit ->
        [one] You have had your painting,
       *[other] You have had { $limit } paintings,
    } and now it is the others' turn. Press again in about { $wait }.
deleted = Deleted.
deleted-but-seen = I deleted my copy. Telegram does not let me delete old messages: please delete this one yourself.
unknown-command = I do not know that command. /help shows what I can do.

settings =
    <b>Settings</b>
    They count for every painting from now on.
setting-size = Size: { $value }
setting-quality = Quality: { $value }
setting-strength = Strength: { $value }
setting-colors = Colours: { $value }
setting-file = Sent as: { $value }
setting-language = Language: { $value }
button-back = ‹ Back
pixels = { $count } px
percent = { $count }%
quality-draft = draft
quality-standard = standard
quality-best = best
colors-of-painting = the style's
colors-of-photo = the photo's
send-as-photo = photo
send-as-file = file
choose-size =
    <b>How large should paintings be?</b>
    Along the longer side. Larger ones take longer.
choose-quality =
    <b>How much work should go into a painting?</b>
    A draft is quick and rough, the best takes its time.
choose-strength =
    <b>How strong should the style be?</b>
    At 100% it is all paint. With less, the photo shows through.
choose-colors =
    <b>Whose colours?</b>
    The style's, or those of your photo.
choose-file =
    <b>How should I send paintings?</b>
    As photos they show at once. As files they keep every pixel.
choose-language = Which language should I speak?
language-set = I speak English now.
privacy =
    <b>What I keep about you</b>
    • Your photos and paintings, for { $kept }. A photo I promised to paint may wait { $promised ->
        [one] { $promised } day
       *[other] { $promised } days
    } longer.
    • Your requests (style, time), without the pictures, for { $days ->
        [one] { $days } day
       *[other] { $days } days
    }.
    • Your settings and the styles you saved, until you delete them.

    I show your pictures to nobody, and use them for nothing but your paintings. A friend can paint in the style of your picture only if you share the link below a painting.

    /forget deletes all of it at once.{ $counted ->
        [yes] {" "}For a day I still remember how many paintings you had, without your name.
       *[no] {""}
    }
forget-sure =
    <b>Shall I forget you?</b>
    I delete your photos and paintings, your settings and the styles you saved. I also stop whatever I am painting for you.
button-forget = Yes, delete everything
button-keep-all = No, keep everything
forgotten =
    Done: I keep nothing about you any more{ $counted ->
        [yes] , except how many paintings you had today: for one more day, without your name
       *[no] {""}
    }. You can delete what is left in this chat yourself.
not-forgotten = All right, nothing was deleted.
trouble = Something went wrong on my side. Please try again in a minute.

## For the bot's keepers

admin =
    <b>{ $mode }</b>
    { $count ->
        [0] Nobody is waiting.
        [one] { $count } picture being painted or waiting.
       *[other] { $count } pictures being painted or waiting, of { $people ->
            [one] { $people } person
           *[other] { $people } people
        }.
    }
admin-open = Open
admin-paused = Paused: pictures come in and wait
admin-draining = Draining: those that wait are painted, and no new ones are taken
admin-queue =
    <b>Queue</b>
    { $lines }{ $more ->
        [0] {""}
       *[other] {" "}… and { $more } more
    }
admin-queue-line = { $place }. <code>{ $id }</code> · { $style } · { $age }
admin-queue-empty = The queue is empty.
admin-stats =
    <b>The last 24 hours</b>
    People: { $people }
    Done: { $done }, failed: { $failed }, cancelled: { $cancelled }
    Painting takes: { $painting }
    Longest wait: { $longest }
    Banned: { $banned }
admin-how =
    <b>What you can do</b>
    <code>/admin queue</code>, <code>/admin stats</code> – look
    <code>/admin pause</code> – paint nothing for now
    <code>/admin drain</code> – take nothing new
    <code>/admin resume</code> – as usual again
    <code>/admin ban 123</code> – shut somebody out, by their ID
    <code>/admin unban 123</code> – as for everybody again
    <code>/admin allow 123</code> – let somebody in who is not in BOT_ALLOWED_USERS
admin-banned = <code>{ $id }</code> is shut out. What was being painted for them ends.
admin-unbanned = For <code>{ $id }</code> the same counts as for everybody.
admin-allowed = <code>{ $id }</code> is let in.
admin-of-admin = <code>{ $id }</code> is in BOT_ADMINS; only the bot's settings file can change that.
button-admin-queue = Queue
button-admin-stats = Numbers
button-admin-pause = Pause
button-admin-resume = As usual
button-admin-drain = Drain
button-admin-back = ‹ Back

## Lengths of time

seconds =
    { $count ->
        [one] { $count } second
       *[other] { $count } seconds
    }
minutes =
    { $count ->
        [one] { $count } minute
       *[other] { $count } minutes
    }
hours =
    { $count ->
        [one] { $count } hour
       *[other] { $count } hours
    }
