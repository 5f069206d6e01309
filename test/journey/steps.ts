// The steps of the journey: the eight of requirement 76, and the move that ends it all. Each does one thing, looks at what it brought about, and says what
// was seen.

import { acceptTerms, claim, giveAway, lookAt, powerOf, sayYes } from './household.ts'
import { EAN } from './parts.ts'
import type { Person } from './people.ts'
import {
  acknowledgeNotices,
  addKey,
  applyAsEsp,
  CONTACT,
  describeService,
  ESP_NAME,
  machineOf,
  publishService,
  SERVICE_NAME,
  SUMMARY,
  seesCustomer,
} from './provider.ts'
import { admitEsp, appointOperator, fillRegister, linkHolder, move, nowS, readsSetOff, reviewService } from './staff.ts'
import { HOLDER, type Step, type World } from './world.ts'

export const STEPS: readonly Step[] = [
  {
    of76: 1,
    step: 'account',
    title: 'account, and the terms of use',
    async run(world) {
      const { people } = world
      await fillRegister(world)
      await appointOperator(world)
      world.anna = await people.arrive('Anna', 'nl')
      const { anna } = world
      await anna.sees(anna.say.people.signInText)
      await people.picture(anna, 'door')
      await anna.makeAccount()
      await anna.sees(anna.say.firstSteps.title('Anna'))
      await people.picture(anna, 'terms')
      await acceptTerms(anna)
      await people.picture(anna, 'claim')
      return 'Anna has an account and has accepted the terms; the page asks for her dongle'
    },
  },
  {
    of76: 2,
    step: 'link',
    title: 'the dongle is linked with the household',
    async run(world) {
      const { anna, parts, people } = world
      world.label = await parts.makeDongle()
      await claim(anna, world.label)
      await anna.sees(anna.say.dongles.standings['holder-unknown'].how)
      await people.picture(anna, 'who-is-it')
      await linkHolder(world, 'Anna', await anna.accountId(), HOLDER.anna)
      const { how } = anna.say.dongles.standings['no-telegram']
      await anna.sees(how)
      await people.picture(anna, 'claimed')
      return `claimed with the code on the label; the help desk says who Anna is; the page says: ${how}`
    },
  },
  {
    of76: 3,
    step: 'send',
    title: 'the dongle sends',
    async run(world) {
      const { anna, parts } = world
      world.dongle = await parts.plugIn()
      await anna.sees(anna.say.firstSteps.doneTitle)
      return 'its first telegram has the meter that the register has for Anna: it is bound, and the page shows readings'
    },
  },
  {
    of76: 4,
    step: 'view',
    title: 'the household looks at its electricity',
    async run({ anna, people }) {
      const shown = await powerOf(anna)
      await people.picture(anna, 'live')
      await anna.page.reload()
      await powerOf(anna)
      if ((await anna.page.locator('.first-steps, .all-done').count()) > 0) throw new Error('the first steps are back')
      return `the page shows ${shown}; loaded anew, no first steps any more`
    },
  },
  {
    of76: 5,
    step: 'offer',
    title: 'an ESP lists a service',
    async run(world) {
      const { anna, people } = world
      await applyAsEsp(world)
      await admitEsp(world, ESP_NAME)
      await addKey(world)
      await describeService(world)
      await reviewService(world, SERVICE_NAME.en)
      await publishService(world)
      await anna.go('sharing')
      await anna.sees(SERVICE_NAME.nl, '.service')
      await people.picture(anna, 'catalogue')
      return `${ESP_NAME} is admitted, and its service "${SERVICE_NAME.nl}" stands in the catalogue`
    },
  },
  {
    of76: 6,
    step: 'subscribe',
    title: 'the household subscribes: what is shared, and the price',
    async run(world) {
      const { anna, people } = world
      await anna.page.reload()
      const way = await lookAt(anna, SERVICE_NAME.nl)
      await people.picture(anna, 'question')
      way.push(...(await sayYes(anna, SERVICE_NAME.nl)))
      await anna.sees(anna.say.sharing.granted(ESP_NAME), '.told')
      await anna.sees(SUMMARY.nl, '.service')
      await people.picture(anna, 'granted')
      const { items } = await anna.does('GET', '/permissions')
      world.permissionId = items[0].permissionId
      return `Anna has said yes, by the keyboard alone: ${world.permissionId} is ${items[0].state}; Tab went: ${way.join(' > ')}`
    },
  },
  {
    of76: 7,
    step: 'deliver',
    title: 'the ESP receives, per EAN',
    async run(world) {
      const { anna, parts, people, permissionId } = world
      world.client = parts.startClient(world.espKey)
      const { client } = world
      await client.says(line => line.startsWith('latest:') && line.includes('not validated'), 'the newest reading')
      const streamed = await client.says(line => line.startsWith(`stream: ${permissionId}`), 'a reading on the stream')
      await client.says(line => line.startsWith('webhook: nrt.readings.json'), 'readings at the webhook')
      const { ean } = await machineOf(world).latest(permissionId)
      if (ean !== EAN) throw new Error('the readings are of another EAN')
      await anna.page.reload()
      await anna.page.getByText(anna.say.sharing.accessTitle).click()
      await anna.sees(/REST|rest|MQTT|mqtt|stream|webhook/, '.logs ol')
      await people.picture(anna, 'who-took-what')
      return `the example client prints, for Anna's EAN: ${streamed}`
    },
  },
  {
    of76: 8,
    step: 'reach',
    title: 'the ESP reaches the household',
    async run(world) {
      const { anna, client, permissionId, eva, people } = world
      await client.says(line => line.startsWith('webhook: nrt.permission.granted'), 'the notice of the yes')
      const { items } = await eva.does('GET', '/esp/permissions?state=granted')
      if (items.length !== 1 || items[0].permissionId !== permissionId)
        throw new Error('the ESP does not see its customer')
      await seesCustomer(world)
      const { receipt } = await anna.does('GET', `/permissions/${permissionId}/receipt`)
      const said = Buffer.from(receipt.split('.')[1], 'base64url').toString()
      if (!said.includes(CONTACT)) throw new Error('the receipt does not say where the ESP can be reached')
      await anna.go('live')
      await anna.go('sharing')
      await anna.sees(ESP_NAME, '.permission')
      await people.picture(anna, 'shared-with')
      return `the ESP sees its customer, by app and e-mail; the receipt says where it is reached: ${CONTACT}`
    },
  },
  {
    step: 'move',
    title: 'the register says that somebody else lives there: it all ends',
    async run(world) {
      const { anna, client, people, permissionId } = world
      await anna.go('live')
      await powerOf(anna)
      const before = client.lines.length
      await move(world)
      await client.says(line => line.startsWith('connection: ended'), 'the end of the stream’s connection', before)
      const told = await client.says(
        line => line.startsWith('webhook: nrt.permission.withdrawn'),
        'the notice of the end',
      )
      if (!told.includes(permissionId)) throw new Error(`the notice is of something else: ${told}`)
      await anna.sees(anna.say.firstSteps.leftTitle)
      await people.picture(anna, 'no-longer-hers')
      await readsSetOff(world)
      return 'the ESP’s stream is cut and the ESP told why, the page that was open ends, the dongle has stopped and confirmed it'
    },
  },
  {
    step: 'cut',
    title: 'the ESP gets nothing any more',
    async run(world) {
      const { anna, people, permissionId } = world
      await acknowledgeNotices(world)
      const machine = machineOf(world)
      if ((await machine.permissions()).length > 0) throw new Error('the ESP has a permission still')
      const refusal = await machine.latest(permissionId).then(
        () => 'answered',
        error => (error as Error).message,
      )
      if (!refusal.includes('permission.unknown')) throw new Error(`asked for readings: ${refusal}`)
      await anna.go('sharing')
      await anna.sees(anna.say.sharing.states.withdrawn, '.notices')
      await anna.page.locator('details.history summary').first().click()
      await anna.sees(/confirm|bevestigd/, '.history .permission')
      await people.picture(anna, 'withdrawn')
      return 'asked for readings: permission.unknown; Anna reads why it ended, and that the ESP knows'
    },
  },
  {
    step: 'before',
    title: 'the household before keeps what was its own, and sees nothing new',
    async run(world) {
      const { anna, people, movedAtS } = world
      const { items: points } = await anna.does('GET', '/metering-points')
      if (points.length > 0) throw new Error('the point is Anna’s still')
      const times = await ownTimes(anna)
      if (times.length === 0) throw new Error('nothing is left of what was Anna’s')
      if (times.some(timeS => timeS >= movedAtS)) throw new Error('Anna sees what was measured after the move')
      await anna.go('data')
      await anna.sees(anna.say.data.takeOut)
      await people.picture(anna, 'her-data')
      world.label = await giveAway(anna, world.label.dongleId)
      await people.picture(anna, 'given-away')
      return `${times.length} readings to take along, none after the move; the dongle is given away with a new code`
    },
  },
  {
    step: 'next',
    title: 'the next household starts empty',
    async run(world) {
      const { parts, people, movedAtS } = world
      world.bert = await people.arrive('Bert', 'fr')
      const { bert } = world
      await bert.makeAccount()
      await linkHolder(world, 'Bert', await bert.accountId(), HOLDER.bert)
      await bert.page.reload()
      await acceptTerms(bert)
      const before = await ownTimes(bert)
      if (before.length > 0) throw new Error(`Bert sees ${before.length} readings that are not his`)
      await people.picture(bert, 'starts-empty')
      const taken = readingsTaken(world)
      await claim(bert, world.label)
      // giving it away has wiped it: it forgot the Wi-Fi that it was in
      world.dongle = await parts.plugIn()
      await bert.sees(bert.say.firstSteps.doneTitle)
      await powerOf(bert)
      await people.picture(bert, 'his-own')
      const times = await ownTimes(bert)
      if (times.length === 0) throw new Error('Bert has no readings to take along')
      if (times.some(timeS => timeS < movedAtS)) throw new Error('Bert sees what was measured before the move')
      if (readingsTaken(world) !== taken) throw new Error('the ESP got readings after the end')
      if ((await ownTimes(world.anna)).some(timeS => timeS >= movedAtS)) throw new Error('Anna sees Bert’s readings')
      return `0 readings when he comes, ${times.length} of his own a little later; none of them to the ESP or to Anna`
    },
  },
]

/** Times of all readings of all one's tenures, former ones too, as one takes them out. */
async function ownTimes(person: Person): Promise<number[]> {
  const { items } = await person.does('GET', '/own/tenures')
  const times: number[] = []
  for (const { meteringPointId, fromS, toS } of items) {
    const query = `resolution=raw&fromS=${fromS}&toS=${toS ?? nowS() + 60}`
    const page = await person.does('GET', `/own/tenures/${meteringPointId}/${fromS}/readings?${query}`)
    times.push(...page.timeS)
  }
  return times
}

/** How often the client printed readings. */
function readingsTaken({ client }: World): number {
  return client.lines.filter(line => line.startsWith('stream: perm_') || line.startsWith('webhook: nrt.readings'))
    .length
}
