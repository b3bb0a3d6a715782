" SPDX-License-Identifier: ISC
au BufRead,BufNewFile msmtprc,.msmtprc,*/msmtp/config setfiletype msmtp
