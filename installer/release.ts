// `nrt release …`: a release from the build's program to the backend, by way of people with keys. Making, signing and verifying need no
// network: the machine with a key on it may have none.

import { Command } from 'commander'
import { projectFile } from './flash/options.ts'
import { guarded } from './operator-rest.ts'

const HELP = `
A release is one file: what it is (the manifest), the program, and signatures. Its way:
  nrt release keygen --name anne --out anne        once per person; three people, any two of them sign
  nrt release make dist/firmware/nrt.js --name 0.2.0 --version 12 --out nrt-12.release
  nrt release sign nrt-12.release --key anne.key   and by a second person, on another machine
  nrt release verify nrt-12.release --keys release-keys.txt
  nrt release upload nrt-12.release                to the backend, which verifies once more
release-keys.txt holds the lines of the .pub files; the backend has the same one (NRT_RELEASE_KEYS_FILE).

A passphrase is the first line of --passphrase-file, or NRT_RELEASE_PASSPHRASE. upload and list take an operator's own key from
NRT_OPERATOR_KEY and the backend's address from NRT_URL (default http://127.0.0.1:8080).
Exit codes: 0 yes; 1 no (not trusted, not taken); 2 the question could not be asked (arguments, files, network).`

export function releaseCommand(): Command {
  const command = new Command('release')
    .description('make, sign, verify and hand in a release')
    .addHelpText('after', HELP)
  const run = () => import('./release/run.ts')
  const exits = async (work: (room: Awaited<ReturnType<typeof run>>) => number | Promise<number>): Promise<void> => {
    process.exitCode = await guarded(command, async () => work(await run()))
  }
  command
    .command('keygen')
    .description('make a key for one person: a private file and a public one')
    .requiredOption('--name <who>', 'whose key it is')
    .requiredOption('--out <path>', 'the files are PATH.key and PATH.pub')
    .option('--passphrase-file <file>', 'its first line opens the private key')
    .option('--no-passphrase', 'the private key may lie open')
    .action(options => exits(room => room.keygen(options)))
  command
    .command('make')
    .description('a release out of a program; nobody has signed it yet')
    .argument('<bundle>', 'what npm run build:firmware wrote')
    .requiredOption('--name <text>', 'what people call it')
    .requiredOption('--version <n>', 'rises from release to release')
    .option('--floor <n>', 'once it is good on a dongle, nothing below this version is taken any more (default 1)')
    .option('--config <file>', 'flash configuration: board, engine, map', projectFile('flash.config.json'))
    .requiredOption('--out <file>', 'the release')
    .option('--json', 'facts as one JSON object')
    .action((bundle, options) => exits(room => room.make(bundle, options)))
  command
    .command('sign')
    .description('add a signature to the file')
    .argument('<release>')
    .requiredOption('--key <file>', 'private key')
    .option('--passphrase-file <file>', 'its first line opens the private key')
    .option('--json', 'facts as one JSON object')
    .action((path, options) => exits(room => room.signFile(path, options)))
  command
    .command('verify')
    .description('have enough trusted keys signed exactly this?')
    .argument('<release>')
    .requiredOption('--keys <file>', 'lines of .pub files')
    .option('--threshold <n>', 'how many distinct keys must have signed', '2')
    .option('--json', 'facts as one JSON object')
    .action((path, options) => exits(room => room.verifyFile(path, options)))
  command
    .command('show')
    .description('what it is; says nothing about trust')
    .argument('<release>')
    .option('--json', 'one JSON object')
    .action((path, options) => exits(room => room.showFile(path, options)))
  command
    .command('upload')
    .description('hand it in at the backend')
    .argument('<release>')
    .option('--json', 'the answer as one JSON object')
    .action((path, options) => exits(room => room.upload(path, options)))
  command
    .command('list')
    .description('releases that the backend has')
    .option('--json', 'one JSON object a line')
    .action(options => exits(room => room.list(options)))
  return command
}
