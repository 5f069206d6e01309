// The camera as a reader of labels. A browser that can read QR symbols itself (BarcodeDetector) does; the others, those of phones by Apple among
// them, load a reader when somebody scans. Nothing leaves the page: a picture is looked at and forgotten.

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>
}
type DetectorClass = new (options: { formats: string[] }) => Detector

const LOOK_EVERY_MS = 200
/** A symbol of 29 modules that fills a third of the picture has 7 pixels a module then. */
const READ_PX = 640

function detectorClass(): DetectorClass | undefined {
  return (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector
}

/** Whether there is a camera to ask for: only where the page came over https or from this computer. */
export function canScan(): boolean {
  return navigator.mediaDevices?.getUserMedia !== undefined
}

type Reader = (video: HTMLVideoElement) => Promise<string[]>

async function openReader(): Promise<Reader> {
  const Detector = detectorClass()
  if (Detector !== undefined) {
    const detector = new Detector({ formats: ['qr_code'] })
    return async video => (await detector.detect(video)).map(seen => seen.rawValue)
  }
  const { default: jsQR } = await import('jsqr')
  const canvas = document.createElement('canvas')
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  return async video => {
    const scale = Math.min(1, READ_PX / Math.max(video.videoWidth, video.videoHeight, 1))
    const [width, height] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)]
    if (pen === null || width === 0 || height === 0) return []
    Object.assign(canvas, { width, height })
    pen.drawImage(video, 0, 0, width, height)
    const seen = jsQR(pen.getImageData(0, 0, width, height).data, width, height, { inversionAttempts: 'dontInvert' })
    return seen === null ? [] : [seen.data]
  }
}

/**
 * Shows the camera in `video` and calls `onText` for each symbol that is seen, until `signal` ends it; the camera is off then. `denied`: the
 * person or the browser says no; `failed`: no camera, or it does not work.
 */
export async function watch(
  video: HTMLVideoElement,
  signal: AbortSignal,
  onText: (text: string) => void,
): Promise<'ended' | 'denied' | 'failed'> {
  let stream: MediaStream | undefined
  try {
    const read = await openReader()
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
    video.srcObject = stream
    await video.play()
    while (!signal.aborted) {
      for (const text of await read(video)) if (!signal.aborted) onText(text)
      await pause(signal)
    }
    return 'ended'
  } catch (error) {
    if (signal.aborted) return 'ended'
    return (error as Error).name === 'NotAllowedError' ? 'denied' : 'failed'
  } finally {
    for (const track of stream?.getTracks() ?? []) track.stop()
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, LOOK_EVERY_MS)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
