// English: what is said and what to do next when the backend or a release file says no, or a question could not be asked. {detail} is
// what the server adds, in English.

import type { RefusalWords } from '../dictionary.ts'

const HELP = '{command} --help explains what there is.'

export const refusals: RefusalWords = {
  'request.invalid': { what: 'The request is not valid', next: 'Correct what the server names, and ask again.' },
  'range.invalid': { what: 'The range of time is not valid', next: 'Give a beginning that is before the end.' },
  'column.unknown': { what: 'There is no column of this name', next: 'Compare the name with the API’s description.' },
  'cursor.invalid': { what: 'The cursor is not one of ours', next: 'Begin again without a cursor.' },
  'access.missing': {
    what: 'An access key is needed',
    next: 'Check NRT_OPERATOR_KEY, or ask for a new key (npm run add-operator).',
  },
  'access.throttled': {
    what: 'Too many wrong access keys from this address',
    next: 'Wait a minute, then ask again with the right key.',
  },
  'role.missing': {
    what: 'This key is for something else',
    next: 'Use a key that is for this: an operator’s own comes from npm run add-operator.',
  },
  'sign-in.stale': {
    what: 'This wants a sign-in of just now',
    next: 'Sign in once more on the portal’s page and do it again right after.',
  },
  'sign-in.nowhere': {
    what: 'Nobody can sign in under this name',
    next: 'Set NRT_PUBLIC_URL to where people reach this server.',
  },
  'sign-in.cancelled': { what: 'The sign-in was left', next: 'Sign in again, whenever it suits.' },
  'sign-in.expired': { what: 'The sign-in took too long', next: 'Begin the sign-in again.' },
  'sign-in.failed': {
    what: 'The identity service’s answer does not fit',
    next: 'Begin the sign-in again; if it stays so, tell whoever runs the server.',
  },
  'sign-in.unavailable': { what: 'The identity service does not answer', next: 'Wait, and sign in again.' },
  'csrf.missing': { what: 'This did not come from our own page', next: 'Load the page again and repeat it.' },
  'mandate.unknown': { what: 'No such mandate is yours', next: 'Ask whoever gave it for a new code.' },
  'mandate.own': { what: 'This is your own mandate', next: 'Give the code to the other person.' },
  'mandate.too-many': { what: 'Too many mandates are open', next: 'End one that is no longer needed.' },
  'token.invalid': { what: 'This token is none of ours', next: 'Get a new token at /oauth/token.' },
  'token.expired': { what: 'This token has expired', next: 'Get a new one at /oauth/token.' },
  'token.foreign': { what: 'This token is for another server', next: 'Get one from this server’s /oauth/token.' },
  'assertion.invalid': {
    what: 'The assertion does not prove who asks',
    next: 'Compare kid, key and claims with what the ESP’s manager has added.',
  },
  'assertion.expired': {
    what: 'The assertion has expired',
    next: 'Make a new one for each request; set the clock by NTP.',
  },
  'assertion.foreign': {
    what: 'The assertion is for another server',
    next: 'Use this server’s issuer or token endpoint as aud.',
  },
  'assertion.replayed': {
    what: 'The assertion has been used already',
    next: 'Make a new one, with a new jti, for each request.',
  },
  'grant.unsupported': { what: 'This way to a token is not served', next: 'Ask with grant_type=client_credentials.' },
  'esp-key.invalid': {
    what: 'This is no public key for signatures here',
    next: 'Send the public half of a P-256 key.',
  },
  'esp-key.known': { what: 'This key, or its id, is there already', next: 'Make a new key pair.' },
  'esp-key.too-many': { what: 'This ESP has too many keys', next: 'Revoke one that is no longer used.' },
  'esp-key.unknown': { what: 'No such ESP or key is yours', next: 'Ask an operator who looks after this ESP.' },
  'certificate.missing': {
    what: 'This ESP’s machines show a certificate',
    next: 'Connect with the certificate that was registered.',
  },
  'certificate.foreign': {
    what: 'This is another certificate',
    next: 'Connect with the one that is registered, and get a new token.',
  },
  'certificate.expired': { what: 'This certificate is not valid now', next: 'Register a new one and connect with it.' },
  'esp-certificate.invalid': {
    what: 'This is no certificate that can be shown here',
    next: 'Send one certificate as PEM, without its key, that has not run out.',
  },
  'esp-certificate.known': {
    what: 'This certificate is there already',
    next: 'Make a new one; one that was revoked does not come back.',
  },
  'esp-certificate.too-many': {
    what: 'This ESP has too many certificates',
    next: 'Revoke one that is no longer used.',
  },
  'esp-certificate.unknown': {
    what: 'No such ESP or certificate is yours',
    next: 'Ask an operator who looks after this ESP.',
  },
  'dongle.unknown': { what: 'There is no dongle of this id', next: 'Compare the id with the label.' },
  'dongle.other-key': {
    what: 'A dongle of this id is known with another key',
    next: 'Make the dongle anew with nrt flash --new-identity.',
  },
  'dongle.wrong-state': { what: 'The dongle is not in a state for this', next: 'Look at it with nrt dongle show.' },
  'metering-point.unknown': { what: 'No such metering point for this account', next: 'Check the id and the account.' },
  'dongle.busy': {
    what: 'The dongle is not done with the last one',
    next: 'Wait until it is, or look with nrt dongle show.',
  },
  'release.unknown': {
    what: 'There is no release of this version',
    next: 'nrt release list shows those that there are.',
  },
  'release.untrusted': {
    what: 'The release is not signed as it must be',
    next: 'Have it signed by people whose keys the server trusts, then hand it in again.',
  },
  'release.known': { what: 'There is another release of this version', next: 'Make yours with a higher version.' },
  'action.unknown': { what: 'There is no such action for this dongle', next: 'Ask for its actions again.' },
  'action.closed': { what: 'This action is over', next: 'Nothing has to be done.' },
  'rollout.unknown': { what: 'There is no rollout of this id', next: 'nrt rollout list shows those that there are.' },
  'rollout.busy': { what: 'Another rollout is under way', next: 'Wait for its end, or cancel it first.' },
  'rollout.empty': {
    what: 'There is no dongle for this release',
    next: 'Check that board and engine of the release are those of your dongles.',
  },
  'rollout.same-person': {
    what: 'Who proposed it cannot approve it',
    next: 'Two people are needed: let somebody else approve, with their own key.',
  },
  'rollout.wrong-state': {
    what: 'The rollout is not in a state for this',
    next: 'nrt rollout status shows how far it is.',
  },
  'claim.malformed': { what: 'Dongle id or claim code is mistyped', next: 'Compare it with the label.' },
  'claim.refused': { what: 'This claim code opens no such dongle', next: 'Compare id and code with the label.' },
  'claim.throttled': { what: 'Too many wrong claim codes', next: 'Wait a minute and look at the label again.' },
  'account.unknown': { what: 'There is no such account', next: 'Check the account’s id.' },
  'account.locked': { what: 'This account is locked', next: 'Ask the operator why, and what opens it again.' },
  'account.own': { what: 'This is your own account', next: 'Ask another operator.' },
  'holder.taken': { what: 'Another account is this person’s already', next: 'Use that account.' },
  'register.elsewhere': { what: 'The access register is kept elsewhere', next: 'Change the entry where it is kept.' },
  'register.import-invalid': {
    what: 'Entries of the access register are wrong',
    next: 'Correct the entries that the server names; nothing was taken.',
  },
  'route.unknown': { what: 'Nothing is at this address', next: 'Check NRT_URL; the server may be of another version.' },
  'live.full': { what: 'Too many live streams are open', next: 'Try again in a moment.' },
  'store.unavailable': { what: 'The store cannot answer now', next: 'Try again in a moment; nothing was changed.' },
  'internal.broken': { what: 'Something went wrong on our side', next: 'Try again; if it stays, tell the makers.' },

  'release.malformed': {
    what: 'This is not a release: the file is damaged or cut short',
    next: 'Get the file again from who made it.',
  },
  'release.other-program': {
    what: 'The program is not the one of the manifest',
    next: 'Do not use this file. Get it again from who made it.',
  },
  'release.signature-wrong': {
    what: 'The signature of key {keyId} is not of this manifest',
    next: 'Do not use this file: it may be forged. Get it again from who made it.',
  },
  'release.too-few-signatures': {
    what: '{signed} trusted keys have signed, {needed} are needed',
    next: 'Let another person sign it: nrt release sign.',
  },

  'letter.unknown': { what: 'No dead letter of this number waits', next: 'nrt replay list shows those that do.' },
  'backup.nowhere': {
    what: 'The server has no folder for backups',
    next: 'Set NRT_BACKUP_DIR for the server, on another disk than the database, and start it again.',
  },
  'backup.elsewhere': {
    what: 'The server stores in PostgreSQL, whose own tools make its backups',
    next: 'Use pg_dump or pg_basebackup; see docs/operating.md.',
  },
  'backup.exists': {
    what: 'There is something of this name already',
    next: 'Take another name: a backup is never written over.',
  },
  'backup.failed': {
    what: 'The backup came to nothing: {why}',
    next: 'Look at the server’s log and its disk, then take another.',
  },
  'backup.broken': {
    what: 'This is no backup, or not whole: {why}',
    next: 'Take another one; keep this one aside until you have it.',
  },
  'data.exists': {
    what: 'There is a database in {where} already',
    next: 'Name an empty folder with --data-dir, or move what is there aside with --move-aside.',
  },
  'data.elsewhere': {
    what: 'NRT_DATABASE_URL is set: this server stores in PostgreSQL',
    next: 'Restore with PostgreSQL’s own tools; for a SQLite file, take the setting away.',
  },
  'data.in-use': {
    what: 'A server is running on {where}',
    next: 'Stop it first; a restore never goes under a running server.',
  },
  'operator.no-key': { what: 'NRT_OPERATOR_KEY is not set', next: 'Set it to your own key (npm run add-operator).' },
  'backend.bad-address': {
    what: '{url} is no address that a key may be sent to',
    next: 'Set NRT_URL to https://…; http only where the backend runs on this computer (http://127.0.0.1:8080).',
  },
  'backend.unreachable': {
    what: 'The backend at {url} does not answer: {why}',
    next: 'Check NRT_URL and the network, then ask again.',
  },
  'file.unreadable': { what: 'A file cannot be read or written: {why}', next: 'Check its path and its rights.' },
  'file.exists': { what: '{path} exists and is not written over', next: 'Name another file.' },
  'key.unguarded': {
    what: 'A key wants a passphrase',
    next: 'Give --passphrase-file or NRT_RELEASE_PASSPHRASE; --no-passphrase if the key may lie open.',
  },
  'key.unopened': {
    what: '{path} is no Ed25519 key, or the passphrase is not its own',
    next: 'Check the file and the passphrase.',
  },
  'keys.unusable': {
    what: '{path} is not a list of enough distinct keys ({why})',
    next: 'It holds the lines of the .pub files, each key once.',
  },
  'name.malformed': { what: '--name does not suit', next: 'It is 1 to 32 printable characters without spaces.' },
  'number.malformed': {
    what: '{option} does not suit: "{text}"',
    next: 'It is a whole number from 1 to 4294967295.',
  },
  'floor.high': { what: 'A release is not below its own floor', next: 'Give a --floor that is at most the --version.' },
  'program.size': {
    what: '{path} has {bytes} bytes, a program has 1 to {bytesMax}',
    next: 'Build it: npm run build:firmware.',
  },
  'window.malformed': { what: '--window does not suit: "{text}"', next: 'It is written as 01:00-05:00.' },
  'plan.malformed': {
    what: '--plan is no JSON: {why}',
    next: 'Write it as {"waves": [{"dongles": 2}, {"permille": 1000}]}.',
  },

  'usage.unknown-option': { what: 'There is no option {name}', next: HELP },
  'usage.unknown-command': { what: 'There is no command {name}', next: HELP },
  'usage.missing-argument': { what: '{name} is missing', next: HELP },
  'usage.missing-option': { what: 'The option {name} must be given', next: HELP },
  'usage.missing-value': { what: 'The option {name} wants a value', next: HELP },
  'usage.wrong-value': { what: '{name} cannot be {other}', next: HELP },
  'usage.conflict': { what: '{name} and {other} do not go together', next: HELP },
  'usage.too-many': { what: 'There is more on the line than this command takes', next: HELP },
}
