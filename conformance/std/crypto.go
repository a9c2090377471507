// run
// timeout: 20

// Ciphers and signatures with assembly beneath them: known answers and round trips.
package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/rc4"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
)

func main() {
	key, _ := hex.DecodeString("000102030405060708090a0b0c0d0e0f")
	plain, _ := hex.DecodeString("00112233445566778899aabbccddeeff")
	block, err := aes.NewCipher(key)
	fmt.Println(err, block.BlockSize())
	out := make([]byte, 16)
	block.Encrypt(out, plain)
	fmt.Println(hex.EncodeToString(out))
	block.Decrypt(out, out)
	fmt.Println(bytes.Equal(out, plain))

	gcm, _ := cipher.NewGCM(block)
	nonce := make([]byte, gcm.NonceSize())
	text := bytes.Repeat([]byte("secret "), 100)
	sealed := gcm.Seal(nil, nonce, text, []byte("extra"))
	opened, err := gcm.Open(nil, nonce, sealed, []byte("extra"))
	fmt.Println(len(sealed)-len(text), bytes.Equal(opened, text), err, hex.EncodeToString(sealed[len(sealed)-16:]))
	sealed[5] ^= 1
	_, err = gcm.Open(nil, nonce, sealed, []byte("extra"))
	fmt.Println(err)

	stream := cipher.NewCTR(block, plain)
	ct := make([]byte, 100)
	stream.XORKeyStream(ct, ct)
	fmt.Println(hex.EncodeToString(ct[84:]))
	cbc := cipher.NewCBCEncrypter(block, plain)
	cbc.CryptBlocks(ct[:96], ct[:96])
	fmt.Println(hex.EncodeToString(ct[80:96]))
	rc, _ := rc4.NewCipher([]byte("Key"))
	msg := []byte("Plaintext")
	rc.XORKeyStream(msg, msg)
	fmt.Println(hex.EncodeToString(msg))

	priv := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	sig := ed25519.Sign(priv, []byte("signed"))
	pub := priv.Public().(ed25519.PublicKey)
	fmt.Println(hex.EncodeToString(sig[:16]), ed25519.Verify(pub, []byte("signed"), sig), ed25519.Verify(pub, []byte("other"), sig))
	fmt.Println(subtle.ConstantTimeCompare(sig, sig), subtle.XORBytes(ct, key, plain), hex.EncodeToString(ct[:16]))
	_, err = aes.NewCipher(key[:5])
	fmt.Println(err)
}
