# What Guildhall's letters say. Another language is another folder beside this one with a mail.ftl (any message
# that is missing there is said in English) and a line in src/mail/letters/catalogue.rs.
#
# Names come ready to print. Dates come from date-and-time below.

# ltr or rtl
direction = ltr

## Dates

month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday

# 14:05 on Friday, 25 December 2026 (Europe/Berlin)
date-and-time = { $hour }:{ $minute } on { $weekday }, { $day } { $month } { $year } ({ $zone })

## In every letter

greeting = Hello { $name },
greeting-nameless = Hello,
link-in-words = If the button does not work, copy this address into your browser:
footer-sent-by = Sent by { $workplace }, with Guildhall.
footer-why = You receive this letter because { $workplace } has an account for { $email }.

## Invitation, and its reminder

invitation-subject = { $inviter } invites you to { $workplace }
invitation-subject-nameless = You are invited to { $workplace }
invitation-heading = Your place at { $workplace } is ready
invitation-prepared = { $inviter } has prepared an account for you at { $workplace }. Your groups are prepared: choose a password, and you are in.
invitation-prepared-nameless = An account has been prepared for you at { $workplace }. Your groups are prepared: choose a password, and you are in.
invitation-message-by = { $inviter } writes:
invitation-message = A message for you:
invitation-button = Claim your account
invitation-expires = The link is for you alone and works once, until { $expires }.
invitation-unexpected = You were not expecting this? Then you need not do anything: without you, the account stays unused.

reminder-subject = Your place at { $workplace } is waiting for you
reminder-heading = Your account is still waiting
reminder-prepared = { $inviter } invited you to { $workplace } a while ago, and your account has not been claimed yet. It takes about a minute.
reminder-prepared-nameless = You were invited to { $workplace } a while ago, and your account has not been claimed yet. It takes about a minute.
reminder-older = This link replaces the one in the letter before.

## Forgotten password

password-reset-subject = Choose a new password for { $workplace }
password-reset-heading = Choose a new password
password-reset-asked = Someone, probably you, asked for a new password for your account at { $workplace }.
password-reset-button = Choose a new password
password-reset-expires = The link works once, until { $expires }.
password-reset-unexpected = It was not you? Then ignore this letter: your password stays as it is.

password-changed-subject = Your password for { $workplace } was changed
password-changed-heading = Your password was changed
password-changed-when = The password of your account at { $workplace } was changed at { $when }. You were logged out on all other devices.
password-changed-device = It was done with: { $device }
password-changed-unexpected = It was not you? Then choose a new password at once and tell the administrators of { $workplace }.
password-changed-button = Choose a new password

## Claimed

welcome-subject = Welcome to { $workplace }
welcome-heading = Welcome to { $workplace }
welcome-claimed = Your account is yours now. From here on, log in with { $email } and the password that you chose.
welcome-button = Open { $workplace }

## E-mail address changed: to the old and to the new one

email-changed-subject = Your e-mail address at { $workplace } was changed
email-changed-heading = Your e-mail address was changed
email-changed-what = The e-mail address of your account at { $workplace } was changed from { $old } to { $new } at { $when }. From now on, log in with the new one.
email-changed-by = It was changed by { $by }.
email-changed-unexpected = Is this wrong? Then tell the administrators of { $workplace }.

## Test

test-subject = Test: mail from { $workplace } arrives
test-heading = Mail from { $workplace } arrives
test-asked = { $by } asked for this test at { $when }. That you can read it means that the mail settings work.
test-asked-nameless = This test was asked for at { $when }. That you can read it means that the mail settings work.
test-invitation = An invitation will look like this letter.

## Letters that say one thing

footer-why-given = You receive this letter because somebody gave { $email } to { $workplace }.

domain-code-subject = The code for { $about }
domain-code-heading = Is { $about } part of { $workplace }?
domain-code-text = { $by } says that the e-mail domain { $about } belongs to { $workplace }. If that is so, give them this code:
domain-code-note = It works until { $expires }. Whoever has it can show that the domain is theirs: if you don't know { $workplace }, keep it to yourself, and nothing happens.

domain-verified-subject = { $about } is verified
domain-verified-heading = { $about } is verified
domain-verified-text = { $workplace } has shown that { $about } is its own. No other workplace can use it from now on. Leave the proof where it is: it is looked for every day.
domain-verified-button = Open the domains
domain-verified-note = You are told as one of those who look after { $workplace }.

domain-gone-subject = The proof for { $about } is gone
domain-gone-heading = The proof for { $about } is gone
domain-gone-text = When we looked today, the proof that { $about } belongs to { $workplace } was not there any more. Put it back, please. If it stays away, the domain is lost. Days left: { $count }.
domain-gone-button = See what was found
domain-gone-note = Days on which your name servers did not answer don't count.

domain-narrows-subject = The TXT record of { $about } is gone
domain-narrows-heading = The TXT record of { $about } is gone
domain-narrows-text = When we looked today, { $about } was still proven to belong to { $workplace }, but not by its TXT record any more, and only that speaks for the subdomains. Put it back, please. If it stays away, they are not included any more. Days left: { $count }.
domain-narrows-button = See what was found
domain-narrows-note = Days on which your name servers did not answer don't count.
domain-narrowed-subject = The subdomains of { $about } are not included any more
domain-narrowed-heading = The subdomains of { $about } are not included any more
domain-narrowed-text = For 30 days the TXT record that proves { $about } was not there. The domain itself is proven in another way and stays with { $workplace }; addresses of its subdomains are not covered any more. Put the record back, then include them again.
domain-narrowed-button = See the domain
domain-narrowed-note = People with such addresses keep their accounts.
domain-lost-subject = { $about } is not verified any more
domain-lost-heading = { $about } is not verified any more
domain-lost-text = For 30 days the proof that { $about } belongs to { $workplace } was not there. The domain is free for others now. Everybody who has an account keeps it.
domain-lost-button = Verify it again
domain-lost-note = You are told as one of those who look after { $workplace }.

domain-taken-subject = { $about } was verified by another workplace
domain-taken-heading = { $about } belongs to another workplace now
domain-taken-text = Another workplace here has shown that { $about } is its own. Everybody who is at { $workplace } stays. People with an address there who are not, can't be added any more.
domain-taken-button = Open the domains
domain-taken-note = If the domain is yours, ask whoever runs this server.

confirm-address-subject = Is { $email } your address?
confirm-address-heading = Confirm your address
confirm-address-text = Follow the link to show { $workplace } that { $email } is your address.
confirm-address-button = Yes, this is mine
confirm-address-note = It works until { $expires }. You did not ask for it? Then ignore this letter.

join-workplace-subject = Join { $about }
join-workplace-heading = Join { $about }
join-workplace-text = Somebody, probably you, asked to join { $about } with the address { $email }. Follow the link to go on.
join-workplace-button = Go on
join-workplace-note = It works once, until { $expires }. It was not you? Then ignore this letter: nothing happens.

requests-waiting-subject = People wait to be let in at { $about }
requests-waiting-heading = Somebody waits for your word
requests-waiting-text = People who would like to join { $about } wait for an admin to decide. Waiting now: { $count }.
requests-waiting-button = Look at the requests
requests-waiting-note = Everybody who may invite people gets this letter: at once when somebody begins to wait, then once a day.

request-approved-subject = { $about } is invited
request-approved-heading = { $about } is invited
request-approved-text = You asked whether { $about } may join { $workplace }. An admin said yes: an invitation is on its way.
request-approved-button = Open the people
request-approved-note = You are told because you asked.

request-declined-subject = About joining { $workplace }: { $about }
request-declined-heading = Not this time
request-declined-text = An admin of { $workplace } looked at the request for { $about } and did not let it through.
request-declined-button = Open
request-declined-note = Do you think that this is wrong? Then talk to an admin of { $workplace }.

advance-notice-subject = A message from { $workplace }
advance-notice-heading = Before you join { $workplace }
advance-notice-text = { $workplace } is preparing an account for you. It is not active yet, and you need not do anything. This message is sent once.
advance-notice-button = This is not me
advance-notice-note = You don't know { $workplace }, or are not the person meant? Say so with the button.

not-me-subject = { $about } says: this is not me
not-me-heading = An account may have a wrong address
not-me-text = You wrote to { $about }, whose account at { $workplace } is prepared. The reader says that they are not that person. Look whether the address is right before you invite.
not-me-button = Open the people
not-me-note = You are told as one of those who may invite people.

open-workplace-subject = Open a workplace
open-workplace-heading = Open a workplace
open-workplace-text = Somebody, probably you, wants to open a workplace with the address { $email }. Follow the link to give it a name.
open-workplace-button = Go on
open-workplace-note = It works once, until { $expires }. It was not you? Then ignore this letter: nothing happens.

opening-approved-subject = { $about } is open
opening-approved-heading = { $about } is open
opening-approved-text = Your workplace { $about } is open. Log in with { $email } and the password that you chose.
opening-approved-button = Log in
opening-approved-note = You are told because you asked for it.

opening-declined-subject = About your workplace { $about }
opening-declined-heading = Your workplace was not opened
opening-declined-text = Whoever runs this server looked at your request for the workplace { $about } and did not open it.
opening-declined-button = Open
opening-declined-note = Do you think that this is wrong? Then talk to them.

group-asked-subject = { $by } would like to join { $about }
group-asked-heading = Somebody would like to join { $about }
group-asked-text = { $by } asks to be let into the group { $about }. You decide.
group-asked-button = Open the group
group-asked-note = You are told because you look after this group.

group-approved-subject = You are in { $about }
group-approved-heading = You are in { $about }
group-approved-text = You asked to join the group { $about }, and were let in.
group-approved-button = Open the group
group-approved-note = You are told because you asked.

group-declined-subject = About the group { $about }
group-declined-heading = Not this time
group-declined-text = You asked to join the group { $about }. Whoever looks after it did not let you in.
group-declined-button = See other groups
group-declined-note = Do you think that this is wrong? Then talk to an owner of the group.

connector-held-subject = { $about } deactivates many people: the brake holds
connector-held-heading = { $about } deactivates many people
connector-held-text = Within a day { $about } has deactivated so many people that more need your word: { $count }. More are refused until then, and stay in. Check at the identity provider who is assigned to the application. If it is meant so, let them go.
connector-held-button = Look at the connector
connector-held-note = You are told as one of those who look after connectors. Whoever was deactivated by mistake is brought back under People.
rule-held-subject = { $about } waits for your word
rule-held-heading = { $about } waits for your word
rule-held-text = The rule { $about } would invite more people than it may without asking. Nobody is invited by it until you say yes. Waiting now: { $count }.
rule-held-button = Look at the rule
rule-held-note = You are told as one of those who may invite people.

last-days-held-subject = End dates at { $about } wait for your word
last-days-held-heading = Many would leave at once
last-days-held-text = By their end dates more people would leave { $about } than the brake lets go. Nobody is deactivated by a date until you say yes. Waiting now: { $count }.
last-days-held-button = Look at them
last-days-held-note = A wrong list may have set these dates: look at them first.

sso-stale-subject = The metadata of { $about } can’t be taken over
sso-stale-heading = Nothing new is known of { $about }
sso-stale-text = { $workplace } looks several times a day what { $about } says of itself, and has learned nothing since { $expires }. People still log in by what is known. When { $about } begins to sign with another key, nobody can log in by it. What was wrong the last time: { $by }
sso-stale-button = See the identity provider
sso-stale-note = Let { $about } publish metadata that are valid, or give { $workplace } their new address. You get this letter once: when they are taken over again, the notice at the identity provider is gone.

sso-ending-subject = The certificate of { $about } ends: { $count } days or less
sso-ending-heading = The certificate of { $about } ends soon
sso-ending-text = People log in to { $workplace } by { $about }. Its certificate ends in { $count } days or less. Take its new metadata over before that: when it signs with another certificate, nobody can log in by it.
sso-ending-button = See the identity provider
sso-ending-note = Metadata that were given by their address are taken over by themselves, as soon as the new certificate is in them.

break-glass-subject = { $about } logged in to { $workplace } past single sign-on
break-glass-heading = { $about } logged in past single sign-on
break-glass-text = { $workplace } requires single sign-on. { $about } is one of the system admins who keep a way past it, and used it at { $expires } ({ $by }).
break-glass-button = See the log-in
break-glass-note = If nobody told you why, ask { $about } by phone. You can end their sessions and change their role on their page.

break-glass-few-subject = { $workplace }: too few system admins can log in without single sign-on
break-glass-few-heading = Too few system admins keep a way in
break-glass-few-text = { $workplace } requires single sign-on. Should your identity provider fail, fewer than two of your system admins could still log in: somebody left, has another role, or has no passkey or second factor any more.
break-glass-few-button = Choose who keeps a way in
break-glass-few-note = Whoever is chosen needs a passkey, or a password with a second factor. On the server, “guildhall sso require off” works in any case.

use-sso-subject = You log in to { $workplace } by single sign-on
use-sso-heading = There is no password to change
use-sso-text = Somebody, probably you, asked for a new password for { $email }. { $workplace } lets you log in by your organisation’s own log-in instead: type your address on the log-in page, and choose “Log in with single sign-on”.
use-sso-button = Log in
use-sso-note = If that was not you, you can ignore this letter: nothing was changed.

weak-ending-subject = The exception for { $about } ends: { $count } days or less
weak-ending-heading = The exception for { $about } ends soon
weak-ending-text = { $about } signs by an algorithm that is not safe any more, and { $workplace } accepts that until { $expires }. After that nobody can log in by it: let it sign by RSA of 2048 bits or ECDSA, with SHA-256, before.
weak-ending-button = See the identity provider
weak-ending-note = The exception can be given again for as long as it takes, for 180 days at most.

## Log-ins and second factors

new-device-subject = A new log-in at { $workplace }
new-device-heading = You logged in by another browser
new-device-text = Somebody, probably you, logged in to your account at { $workplace } at { $expires }, by a browser that you had not used before: { $about }.
new-device-button = It was not me
new-device-note = It was you? Then you need not do anything. It was not you? Then say so at once: every device is logged out, your password lets nobody in any more, and the administrators of { $workplace } are told. You can do so for 30 days.

log-in-denied-subject = { $about } says: a log-in at { $workplace } was not mine
log-in-denied-heading = A log-in was not theirs, they say
log-in-denied-text = { $about } got our letter about a log-in at { $expires } ({ $by }), and says that it was somebody else. All their sessions were ended, their password lets nobody in any more, second factors that were added since were removed, and API tokens that were made since ended.
log-in-denied-button = See the log-in
log-in-denied-note = Talk to { $about }. See in the audit log what was done as them since then. Whoever logs in by an identity provider changes the password there.

factor-added-subject = A second factor was added to your account at { $workplace }
factor-added-heading = A second factor was added
factor-added-text = At { $expires } { $about } was added to your account at { $workplace }: one can log in by it from now on.
factor-added-button = See how you log in
factor-added-note = It was not you? Then remove it at once, choose a new password, and tell the administrators of { $workplace }.

factor-removed-subject = A second factor was removed from your account at { $workplace }
factor-removed-heading = A second factor was removed
factor-removed-text = At { $expires } { $by } removed from your account at { $workplace }: { $about }.
factor-removed-button = See how you log in
factor-removed-note = You did not expect this? Then choose a new password, and ask the administrators of { $workplace }.

recovery-code-used-subject = A recovery code was used at { $workplace }
recovery-code-used-heading = A recovery code was used
recovery-code-used-text = At { $expires } somebody, probably you, logged in to your account at { $workplace } with a recovery code. It works no more. Codes that are left: { $count }.
recovery-code-used-button = Make new codes
recovery-code-used-note = With three or fewer left it is time to make new codes. It was not you? Then choose a new password at once, make new codes, and tell the administrators of { $workplace }.
