// `nrt flash`: from a bare ESP32 to a sealed, labelled dongle. This file is the command line only, so that other commands start without
// loading a serial port; what is done is flash/run.ts's.

import { Command, InvalidArgumentError, Option } from 'commander'
import { type FlashOptions, projectFile } from './flash/options.ts'

const HELP = `
The chip's flash is made to read exactly as planned: engine (checked by SHA-256), program, identity in two copies, configuration,
everything else empty; all of it is read back. Then the dongle starts, tells how it is, is registered with the backend, and its
label is written. Whatever goes wrong, the same command again goes on from what is on the chip; a dongle keeps its identity.

The installer's key comes from NRT_INSTALLER_KEY or --key-file, passwords of networks from a file or from the keyboard, none of them
from the command line; the key goes over https only. The label is the only place where claim code and setup password are shown.

Exit codes: 0 done; 1 a board of the batch failed; 2 files, settings; 3 port; 4 chip; 5 writing; 6 self-test; 7 backend; 8 label.

Examples:
  nrt flash --pin
  nrt flash
  nrt flash --port /dev/ttyUSB0 --networks home.json --require wifi
  nrt flash --wifi-network Home
  nrt flash --batch --tray 2026-11-A --port /dev/ttyUSB0 --port /dev/ttyUSB1
  nrt flash --json | jq -r 'select(.step == "label") | .files[]'`

export function flashCommand(): Command {
  return new Command('flash')
    .description('make a sealed, labelled dongle from a bare ESP32')
    .option('-p, --port <path>', 'serial port; found by itself if there is one (repeat it with --batch)', gather, [])
    .option('--list', 'show the serial ports and end')
    .option(
      '--pin',
      "vouch for the engine's files: check them, enter their SHA-256 in the flash configuration, and end",
    )
    .option('--batch', 'a whole tray: keeps going, writes the journal, skips boards that are done')
    .addOption(new Option('--tray <name>', 'name of the tray').argParser(named).default('tray'))
    .option('--journal <file>', 'CSV that the batch adds to', 'nrt-flash.csv')
    .addOption(
      new Option('--app-only', 'the engine is on the chip: bring program and identity over its console').conflicts(
        'batch',
      ),
    )
    .option('--new-identity', 'forget the identity that is on the chip')
    .option('--networks <file>', 'Wi-Fi networks to preload, JSON: [{"ssid", "password"}]')
    .option('--wifi-network <name>', 'a Wi-Fi network to preload; its password is asked for (repeat it)', gather, [])
    .addOption(
      new Option('--require <part...>', 'must be well in the self-test too: joined, telegrams arrive')
        .choices(['p1', 'wifi'])
        .default([]),
    )
    .option('--backend <url>', 'where the dongle is registered', 'http://127.0.0.1:8080')
    .option('--key-file <file>', "file with the installer's key")
    .option('--labels <folder>', 'where labels are written', 'labels')
    .option('--printer <where>', 'send the label there as ZPL: HOST:9100 or a device')
    .option('--config <file>', 'flash configuration', projectFile('flash.config.json'))
    .option('--bundle <file>', 'the program', projectFile('dist/firmware/nrt.js'))
    .option('--baud <n>', 'speed of writing', positive, 460_800)
    .option('--json', 'one JSON object per step')
    .option('--no-color', 'no colours (NO_COLOR does the same)')
    .addHelpText('after', HELP)
    .action(async (_options: object, command: Command) => {
      const { runFlash } = await import('./flash/run.ts')
      process.exitCode = await runFlash(command.optsWithGlobals<FlashOptions>())
    })
}

function gather(value: string, before: string[]): string[] {
  return [...before, value]
}

function positive(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidArgumentError('It is a whole number above 0.')
}

function named(text: string): string {
  if (/^[\w.-]{1,40}$/.test(text)) return text
  throw new InvalidArgumentError('Letters, digits, dots and hyphens, at most 40.')
}
