# SPDX-License-Identifier: ISC
# For quickstart and check (bash): get Debian packages by name.

# Words for those who have to find the packages of another system themselves.
other_systems() {
	cat >&2 <<'TEXT'
This machine has no apt-get. Please install, by your system's means:
  to build   a C compiler, make, autoconf >= 2.69, automake >= 1.16, gettext
             with autopoint, pkg-config, and with their headers: GnuTLS >= 3.7,
             GNU SASL >= 2.0, libidn2 >= 2.3
  to try     Python 3 with aiosmtpd, certtool of GnuTLS
  to check   cmocka, clang, clang-format and clang-tidy 14, pytest, man, groff,
             zsh, fish, vim
Fedora       gcc make autoconf automake gettext-devel pkgconf-pkg-config
             gnutls-devel libgsasl-devel libidn2-devel gnutls-utils
             python3-aiosmtpd libcmocka-devel clang clang-tools-extra
             python3-pytest man-db groff
Arch         base-devel gettext gnutls gsasl libidn2 python-aiosmtpd cmocka
             clang python-pytest man-db groff
Alpine       build-base autoconf automake gettext-dev pkgconf gnutls-dev
             gsasl-dev libidn2-dev gnutls-utils py3-aiosmtpd cmocka-dev clang
             clang-extra-tools py3-pytest man-db groff bash
The end-to-end tests unpack Debian's packages and need apt-get.
TEXT
}

# missing_packages NAME...: those that are not installed
missing_packages() {
	local have
	have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" \
		2>/dev/null | sed -n 's/ installed$//p') || :
	printf '%s\n' "$@" | grep -vxF -f <(printf '%s\n' "$have" :none:) || :
}

# need_packages NAME...: installs what is missing; silent and quick when
# nothing is.
need_packages() {
	local missing words sudo=()
	if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null
	then
		other_systems
		return 0
	fi
	mapfile -t missing < <(missing_packages "$@")
	[ "${#missing[@]}" -gt 0 ] || return 0
	echo "installing: ${missing[*]}"
	if [ "$(id -u)" -ne 0 ]; then
		if ! command -v sudo >/dev/null; then
			echo "Please install as root: apt-get install ${missing[*]}" >&2
			return 1
		fi
		sudo=(sudo)
	fi
	# An update that fails is no failure yet: the old lists may do.
	if ! words=$("${sudo[@]}" apt-get -q -o Acquire::Retries=5 update \
		</dev/null 2>&1;
		"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
			-o Acquire::Retries=5 -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 \
			--no-install-recommends install "${missing[@]}" \
			</dev/null 2>&1)
	then
		tail -n 40 <<<"$words" >&2
		return 1
	fi
}

build_packages=(gcc libc6-dev make autoconf automake autopoint gettext
	pkg-config xz-utils libgnutls28-dev libgsasl-dev libidn2-dev
	libsecret-1-dev libunbound-dev)
