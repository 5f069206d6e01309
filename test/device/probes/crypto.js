// require("crypto"): the primitives under the envelope, with the engine's traps.
var crypto = require('crypto')

function hex(buffer) {
  if (buffer === undefined) return 'undefined'
  var bytes = new Uint8Array(buffer)
  var out = ''
  for (var i = 0; i < bytes.length; i++) out += ('0' + bytes[i].toString(16)).slice(-2)
  return out
}
function count(length, from) {
  var bytes = new Uint8Array(length)
  for (var i = 0; i < length; i++) bytes[i] = (from + i) & 255
  return bytes
}
var key = count(32, 0)
var iv = count(16, 100)
var otherIv = count(16, 101)
var plain = count(48, 7)

say('SHA256 of a string', hex(crypto.SHA256('abc')))
say('SHA256 of nothing', hex(crypto.SHA256('')))
say('SHA256 of bytes', hex(crypto.SHA256(count(200, 0))))
say('SHA256 of pieces', hex(crypto.SHA256([count(3, 97), count(2, 100)])))
say('SHA256 of high bytes', hex(crypto.SHA256('\xff\x00\x80')))
say('the other hashes', [hex(crypto.SHA1('abc')), hex(crypto.SHA224('abc')), hex(crypto.SHA512('abc')).length])
// HMAC-SHA-256(key, message | 00000001) in disguise
say('PBKDF2 of one round', hex(crypto.PBKDF2(key, 'message', { keySize: 8, iterations: 1, hasher: 'SHA256' })))
say('PBKDF2 of more', hex(crypto.PBKDF2('password', 'salt', { keySize: 4, iterations: 3, hasher: 'SHA1' })))

var sealed = crypto.AES.encrypt(plain, key, { iv: iv, mode: 'CBC' })
say('AES-256-CBC', hex(sealed))
say('CBC adds no padding', new Uint8Array(sealed).length)
say('CBC honours its IV', hex(crypto.AES.encrypt(plain, key, { iv: otherIv, mode: 'CBC' })) !== hex(sealed))
say('CBC comes back', hex(crypto.AES.decrypt(sealed, key, { iv: iv, mode: 'CBC' })))
say('CBC of a string', hex(crypto.AES.encrypt('0123456789abcdef', key, { iv: iv, mode: 'CBC' })))
say('CBC without IV', hex(crypto.AES.encrypt('0123456789abcdef', key, { mode: 'CBC' })))
say('CBC is the default', hex(crypto.AES.encrypt('0123456789abcdef', key, { iv: iv })))
say('CBC of half a block', hex(crypto.AES.encrypt(count(17, 0), key, { iv: iv, mode: 'CBC' })))
say('a key of 128 bits', hex(crypto.AES.encrypt('0123456789abcdef', count(16, 0), { iv: iv, mode: 'CBC' })))
say('a key of 9 bytes', hex(crypto.AES.encrypt('0123456789abcdef', count(9, 0), { iv: iv, mode: 'CBC' })))
say('CTR', hex(crypto.AES.encrypt(count(20, 0), key, { iv: iv, mode: 'CTR' })))
say(
  'CTR ignores its IV',
  hex(crypto.AES.encrypt(plain, key, { iv: iv, mode: 'CTR' })) ===
    hex(crypto.AES.encrypt(plain, key, { iv: otherIv, mode: 'CTR' })),
)
say('ECB leaves half a block', hex(crypto.AES.encrypt(count(20, 0), key, { mode: 'ECB' })))
say('CFB', hex(crypto.AES.encrypt(count(5, 0), key, { iv: iv, mode: 'CFB' })))
say('OFB', hex(crypto.AES.encrypt(plain, key, { iv: iv, mode: 'OFB' })))
var thrown = ''
try {
  crypto.AES.encrypt(plain, key, { iv: iv, mode: 'GCM' })
} catch (error) {
  thrown = error.message
}
say('GCM', thrown)
done()
