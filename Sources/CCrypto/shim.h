#ifndef BATON_CCrypto_SHIM_H
#define BATON_CCrypto_SHIM_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

// EVP_PKEY_Q_keygen is variadic, which Swift does not import.
static inline EVP_PKEY *baton_make_ed25519(void) {
    return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

// Without a question for a password on the terminal, which the default callback would ask.
static inline int baton_no_password(char *buffer, int size, int writing, void *context) {
    (void)buffer; (void)size; (void)writing; (void)context;
    return -1;
}

static inline EVP_PKEY *baton_read_private_key(BIO *source) {
    return PEM_read_bio_PrivateKey(source, NULL, baton_no_password, NULL);
}

#endif
