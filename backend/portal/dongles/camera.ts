// The camera as a reader of labels, where the browser can read QR symbols itself (BarcodeDetector). Nothing leaves the page: a picture is looked
// at and forgotten.

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>
}
type DetectorClass = new (options: { formats: string[] }) => Detector

const LOOK_EVERY_MS = 200

function detectorClass(): DetectorClass | undefined {
  return (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector
}

/** Whether there is a camera to ask for and a reader for what it sees. */
export function canScan(): boolean {
  return detectorClass() !== undefined && navigator.mediaDevices?.getUserMedia !== undefined
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
  const Detector = detectorClass()
  let stream: MediaStream | undefined
  try {
    if (Detector === undefined) return 'failed'
    const detector = new Detector({ formats: ['qr_code'] })
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
    video.srcObject = stream
    await video.play()
    while (!signal.aborted) {
      for (const { rawValue } of await detector.detect(video)) if (!signal.aborted) onText(rawValue)
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
