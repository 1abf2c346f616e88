// The operating system's socket addresses, for the few files that handle them.
#pragma once

#ifdef _WIN32
#include <afunix.h>
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#endif
