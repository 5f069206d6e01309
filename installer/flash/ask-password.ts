// A password from whoever sits at the computer: asked for on the terminal and not shown there; from a pipe it is the next line. It is
// never an argument, for those are seen by everybody on the machine, and it is written nowhere.

const ENTER = new Set(['\r', '\n', '\x04'])
const STOP = '\x03'
const BACK = new Set(['\x7f', '\b'])

/** What is left of the last line that came by a pipe. */
let rest = ''

/** Asks on stderr, so that --json stays JSON. */
export async function askPassword(question: string): Promise<string> {
  const { stdin, stderr } = process
  stderr.write(question)
  if (stdin.isTTY) stdin.setRawMode(true)
  try {
    return await typed(stdin)
  } finally {
    if (stdin.isTTY) stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}

function typed(stdin: NodeJS.ReadStream): Promise<string> {
  stdin.setEncoding('utf8')
  let password = ''
  return new Promise((resolve, reject) => {
    const done = (): void => {
      stdin.off('data', take).off('end', end)
      resolve(password)
    }
    const take = (text: string): void => {
      for (const [i, character] of [...text].entries()) {
        if (character === STOP) process.exit(130)
        if (ENTER.has(character)) {
          rest = [...text].slice(i + 1).join('')
          done()
          return
        }
        password = BACK.has(character) ? [...password].slice(0, -1).join('') : password + character
      }
    }
    const end = (): void => done()
    stdin.on('data', take).on('end', end).on('error', reject)
    const before = rest
    rest = ''
    take(before)
  })
}
