package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// keys writes into the folder args[0]: the CA (ca.crt, ca.key), serving
// certificates of the API server (apiserver) and of KWOK (kubelet), the client
// certificate with which the API server calls KWOK (kubelet-client) and the key
// that signs service account tokens (service-account.key, .pub). A folder that
// has a service-account.key, the last file written, is left as it is, so that a
// kept control plane starts again with the same identity.
func keys(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: control-plane keys DIR")
	}
	dir := args[0]
	if _, err := os.Stat(filepath.Join(dir, "service-account.key")); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	ca, err := newAuthority(dir)
	if err != nil {
		return err
	}
	loopback := []net.IP{net.IPv4(127, 0, 0, 1)}
	serving := []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	names := []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
	for _, leaf := range []struct {
		file    string
		subject pkix.Name
		usage   []x509.ExtKeyUsage
	}{
		{"apiserver", pkix.Name{CommonName: "kube-apiserver"}, serving},
		{"kubelet", pkix.Name{CommonName: "kubelet"}, serving},
		{"kubelet-client", pkix.Name{CommonName: "kube-apiserver-kubelet-client", Organization: []string{"system:masters"}},
			[]x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}},
	} {
		template := &x509.Certificate{
			Subject: leaf.subject, ExtKeyUsage: leaf.usage, IPAddresses: loopback, DNSNames: names,
			KeyUsage: x509.KeyUsageDigitalSignature,
		}
		if err := ca.sign(dir, leaf.file, template); err != nil {
			return err
		}
	}
	return writeServiceAccountKey(dir)
}

type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(dir string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "rollcall-test-ca"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	ca := &authority{template, key}
	if err := ca.write(dir, "ca", template, key); err != nil {
		return nil, err
	}
	return ca, nil
}

func (ca *authority) sign(dir, file string, template *x509.Certificate) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	return ca.write(dir, file, template, key)
}

// write signs template with the authority and writes file.crt and file.key.
func (ca *authority) write(dir, file string, template *x509.Certificate, key *ecdsa.PrivateKey) error {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template.SerialNumber = serial
	// An hour back, for machines whose clock was just set.
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().AddDate(10, 0, 0)
	der, err := x509.CreateCertificate(rand.Reader, template, ca.certificate, key.Public(), ca.key)
	if err != nil {
		return fmt.Errorf("certificate %s: %w", file, err)
	}
	if err := writePEM(filepath.Join(dir, file+".crt"), "CERTIFICATE", der); err != nil {
		return err
	}
	return writeKey(filepath.Join(dir, file+".key"), key)
}

func writeServiceAccountKey(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(dir, "service-account.pub"), "PUBLIC KEY", public); err != nil {
		return err
	}
	return writeKey(filepath.Join(dir, "service-account.key"), key)
}

func writeKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(path, "EC PRIVATE KEY", der)
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
