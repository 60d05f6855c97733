# Installation and packages. Included by the Makefile.
# Files go below $(DESTDIR). The Debian package sets prefix=/usr and unitdir=/lib/systemd/system.
prefix ?= /usr/local
mandir ?= $(prefix)/share/man
docdir ?= $(prefix)/share/doc/unpilot
unitdir ?= $(prefix)/lib/systemd/system
UNITS := $(wildcard partner/dist/systemd/unpilot*.service partner/dist/systemd/*.timer partner/dist/systemd/*.path)
# FROM:TO of every installed file besides programs and units. "uninstall" reads the same list.
INSTALLED = \
  $(foreach m,$(wildcard partner/man/*.1),$(m):$(mandir)/man1/$(notdir $(m))) \
  $(foreach m,$(wildcard partner/man/*.5),$(m):$(mandir)/man5/$(notdir $(m))) \
  $(foreach f,$(wildcard samples/profiles/*.conf),$(f):$(prefix)/share/unpilot/profiles/$(notdir $(f))) \
  $(foreach f,$(wildcard partner/dist/examples/*) partner/dist/unpilot.rules.yml samples/registry.csv \
    samples/lists/returns.csv,$(f):$(docdir)/examples/$(notdir $(f))) \
  $(foreach f,$(wildcard samples/schema/*.json),$(f):$(docdir)/schema/$(notdir $(f))) \
  $(foreach f,README.md SECURITY.md,$(f):$(docdir)/$(f)) \
  partner/dist/completions/unpilot.bash:$(prefix)/share/bash-completion/completions/unpilot \
  partner/dist/completions/_unpilot:$(prefix)/share/zsh/vendor-completions/_unpilot \
  partner/dist/completions/unpilot.fish:$(prefix)/share/fish/vendor_completions.d/unpilot.fish \
  partner/dist/systemd/unpilot.sysusers:$(prefix)/lib/sysusers.d/unpilot.conf \
  partner/dist/systemd/unpilot.tmpfiles:$(prefix)/lib/tmpfiles.d/unpilot.conf

## install       installs programs, man pages, completions and units; prefix=/usr/local DESTDIR=
install: all
	install -d $(DESTDIR)$(prefix)/bin $(DESTDIR)$(unitdir)
	install -m 755 $(B)/unpilot $(B)/unpilot-sandbox $(DESTDIR)$(prefix)/bin
	@for f in $(INSTALLED); do install -D -m 644 $${f%%:*} $(DESTDIR)$${f#*:} || exit 1; done
	@for u in $(UNITS); do sed 's,/usr/bin/unpilot,$(prefix)/bin/unpilot,' $$u > $(DESTDIR)$(unitdir)/$${u##*/} && \
	  chmod 644 $(DESTDIR)$(unitdir)/$${u##*/} || exit 1; done

## uninstall     removes what install installed; keeps configuration, ledger and packs
uninstall:
	rm -f $(addprefix $(DESTDIR)$(prefix)/bin/,unpilot unpilot-sandbox) \
	  $(foreach f,$(INSTALLED),$(DESTDIR)$(lastword $(subst :, ,$(f)))) \
	  $(foreach u,$(UNITS),$(DESTDIR)$(unitdir)/$(notdir $(u)))
	-rmdir -p --ignore-fail-on-non-empty $(DESTDIR)$(docdir)/examples $(DESTDIR)$(docdir)/schema $(DESTDIR)$(prefix)/share/unpilot/profiles 2>/dev/null

# Times and owners come from the commit, so that two archives of one commit have the same bytes.
## dist          makes the source archive of the last commit
dist:
	@mkdir -p $(B)
	git archive --format=tar --prefix=unpilot-$(VERSION)/ HEAD | gzip -9n > $(B)/unpilot-$(VERSION).tar.gz

## deb           makes the Debian package of the last commit
deb:
	$(call install_deps,build-essential debhelper dpkg-dev git $(BUILD_DEPS))
	sh partner/dist/deb.sh $(B) $(VERSION)

## sbom          lists the libraries of both programs as SPDX
sbom: all
	$(call install_deps,jq)
	sh partner/dist/sbom.sh $(B)/unpilot $(VERSION) > $(B)/unpilot.spdx.json
	sh partner/dist/sbom.sh $(B)/unpilot-sandbox $(VERSION) > $(B)/unpilot-sandbox.spdx.json

# What building the program alone needs: without the libraries of the practice service.
IMAGE_DEPS = $(filter-out libmicrohttpd-dev libgnutls28-dev,$(BUILD_DEPS))

## image         makes a container image of the last commit (OCI archive) and its SBOM; as root, with a network
image:
	$(call install_deps,buildah debootstrap jq git)
	sh partner/dist/image.sh $(B) $(VERSION) '$(strip $(IMAGE_DEPS))'

# The Debian packages are built in fresh systems; $(B)/debootstrap keeps what they download.
RELEASE_TOOLS = debootstrap git make util-linux jq openssl buildah
## release       makes archive, packages, image, SBOMs, sums and their signature in $(B)/release; KEY=FILE (Ed25519); as root, with a network
release:
	$(call install_deps,$(RELEASE_TOOLS))
	@B=$(abspath $(B)) bash partner/dist/release.sh $(B)/release $(VERSION) '$(KEY)'

## release-check makes a release twice, and compares; as root, with a network
release-check:
	$(call install_deps,$(RELEASE_TOOLS))
	@B=$(abspath $(B)) VERSION=$(VERSION) bash tests/package/release.sh

## package-test  builds and tries the package in fresh Debians, and runs "make test" in the newest; SUITES="bookworm trixie" WHOLE=trixie
package-test:
	$(call install_deps,lintian debootstrap jq git make util-linux)
	@B=$(abspath $(B)) VERSION=$(VERSION) bash tests/package/run.sh

## image-test    builds the image twice, compares, and plays nights in it; as root, with a network
image-test:
	$(call install_deps,buildah podman runc debootstrap jq git python3-yaml $(BUILD_DEPS))
	@$(again) all
	@B=$(abspath $(B)) VERSION=$(VERSION) IMAGE=$(IMAGE) bash tests/package/image.sh

# SUITE: the Debian that the package was built on.
SUITE ?= $(shell . /etc/os-release; echo $$VERSION_CODENAME)
## boot-test     boots a Debian with the package, and lets the units work through a night; as root, with a network
boot-test: deb
	$(call install_deps,debootstrap systemd-container)
	B=$(abspath $(B)) bash tests/package/boot.sh $(SUITE) $(B)/unpilot_$(VERSION)_*.deb $(B)/boot.journal

.PHONY: release release-check install uninstall dist deb sbom image package-test image-test boot-test
