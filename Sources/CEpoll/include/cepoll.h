#pragma once
// epoll and eventfd are not part of Swift's Glibc module; accept4 hides behind _GNU_SOURCE; Swift
// has no thread-local variables.
#include <sys/epoll.h>
#include <sys/eventfd.h>

/// accept4 with SOCK_NONBLOCK and SOCK_CLOEXEC; `address` is a struct sockaddr.
int cepoll_accept(int listener, void *address, unsigned int *length);

/// One pointer per thread, null at first.
void *cepoll_thread_value(void);
void cepoll_set_thread_value(void *value);

/// Names the calling thread; Linux shows the first 15 bytes.
void cepoll_name_thread(const char *name);
