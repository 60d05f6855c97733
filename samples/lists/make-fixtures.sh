#!/bin/sh
# make-fixtures.sh DIR: writes the made-up lists of samples/lists/dialects, with the byte layouts of
# lists from the field. A hash is T0 and 3,998 characters of a number generator; serials are invented.
# A test compares DIR with samples/lists/dialects.
set -eu
[ $# -eq 1 ] || { echo "usage: make-fixtures.sh DIR" >&2; exit 2; }
mkdir -p "$1"
cd "$1"

HWID='Device Serial Number,Windows Product ID,Hardware Hash'
PARTNER="$HWID,Manufacturer name,Device model"
OURS='Serial Number,Product Key ID,Manufacturer,Model,Customer'

hash() { # SEED
	awk -v x="$1" 'BEGIN {
		a = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
		s = "T0"
		for (i = 0; i < 3998; i++) { x = (x * 16807) % 2147483647; s = s substr(a, int(x / 65536) % 64 + 1, 1) }
		printf "%s", s
	}'
}
crlf() { sed 's/$/\r/'; }
lines() { printf '%s\n' "$@"; }
utf16() { iconv -f UTF-8 -t "UTF-16$1"; } # LE or BE, no mark

# --- written by scripts and portals ---
{ printf '\377\376'; lines "$HWID" "FB16-001,,$(hash 1)" | crlf | utf16 LE; } > utf16le_bom_3col.csv
{ printf '\377\376'; lines "$HWID,Group Tag" "FB16-002,,$(hash 2),Sales" | crlf | utf16 LE; } > utf16le_bom_4col_grouptag.csv
{ printf '\377\376'; lines "$PARTNER" "FB16-003,,$(hash 3),Fabrikam,Book 14" "FB16-004,,$(hash 4 | cut -c1-400),," | crlf | utf16 LE; } \
	> utf16le_bom_5col_gwai_partner.csv
lines "$PARTNER" "FB16-005,,,Müller Büro,Book 14" | crlf | utf16 LE > utf16le_no_bom.csv
{ printf '\376\377'; lines "$PARTNER" "FB16-006,,,Fabrikam,Book 中文" | crlf | utf16 BE; } > utf16be_bom.csv
lines "$PARTNER" "FB16-007,,,Fabrikam,Book 14" | utf16 BE > utf16be_no_bom.csv
{ printf '\357\273\277'; lines "$PARTNER" 'FB08-001,,,Fabrikam,Book 14' 'FB08-002,3305000000002,,Fabrikam,Book 14'; } \
	| crlf > utf8_bom_5col_partner.csv
lines "$HWID,Group Tag,Assigned User" "FB12-001,,$(hash 5),Büro,jörg@contoso.example" | crlf \
	| iconv -f UTF-8 -t CP1252 > cp1252_intune_5col.csv
lines "$OURS" 'FB12-002,,Fabrikam,Büro 14,Müller & Söhne' 'FB12-003,3305000000003,,,"O’Hara €"' \
	| iconv -f UTF-8 -t CP1252 > cp1252_ours.csv
lines 'Serial number,Manufacturer,Model,Group tag,Profile status,Purchase order,Userless Enrollment Status' \
	'"FBEX-001","Fabrikam","Book 14","Sales","Assigned","","Unknown"' \
	'"FBEX-002","Contoso, Ltd.","Slate ""Pro""","","Not assigned","PO 7","Unknown"' | crlf > quoted_intune_export_7col.csv
lines '"displayName","serialNumber","manufacturer","model","enrolmentState","enrolmentProfile","enrolmentType","groupTag","Id"' \
	'"PC 1","FBGR-001","Fabrikam","Book 14","enrolled",,"azureAD","","0d0b7a4e-0000-4000-8000-000000000001"' \
	'"","FBGR-002","Fabrikam","Book 14","notContacted",,,"","0d0b7a4e-0000-4000-8000-000000000002"' > graph_export_9col.csv
lines 'Display Name,Group Tag,Device Serial Number,Manufacturer name,Device model' 'PC 2,Sales,FBXF-001,Fabrikam,Book 14' \
	> extra_columns_first.csv

# --- without a header ---
lines 'Fabrikam,Book 14,FBHL-001' 'Fabrikam,Book 14,FBHL-002' > headerless_make_model_serial.csv
lines 3305000000011 3305000000012 330500000013 > headerless_one_column.csv

# --- changed by spreadsheets ---
lines 'sep=;' 'Serial Number;Product Key ID;Manufacturer;Model;Customer' 'FBSC-001;;"Fabrikam; Inc";Book 14;contoso' | crlf \
	> semicolon_sep_line.csv
lines 'Serial Number;Notes, remarks, and so on;Manufacturer;Model' 'FBSC-002;a, b, c;Fabrikam;Book 14' > semicolon_with_commas.csv
printf 'SERIAL NUMBER\tmanufacturer\tModel\nFBTB-001\tFabrikam\tBook 14\nFBTB-002\t"Fabrikam"\tBook 14\n' > tab.csv
lines "$OURS" '1.23E+11,,Fabrikam,Book 14,c' '5E12345,,Fabrikam,Book 14,c' 'FBXL-003,"3,305E+12",,,c' '="00123",,Fabrikam,Book 14,c' \
	"'00124,,Fabrikam,Book 14,c" '12345.0,,Fabrikam,Book 14,c' 'FBXL-007,330500000007,,,c' '#N/A,,Fabrikam,Book 14,c' \
	'1-Mar,,Fabrikam,Book 14,c' 'FBXL-010,,"=""Fabrikam""",Book 14,c' > excel_exponent.csv
lines "$OURS" '00012345,,Fabrikam,Book 14,c' '12346,,Fabrikam,Book 14,c' '00012347,,Fabrikam,Book 14,c' > excel_short_serial.csv
lines "$OURS,Sold To" 'FBST-001,,Fabrikam,Book 14,c,12345' 'FBST-002,,Fabrikam,Book 14,c,0000012345' > excel_sold_to.csv

# --- commas, quotation marks, line ends ---
lines "$PARTNER" 'FBUC-001,,,Fabrikam,Book 14' "FBUC-002,,$(hash 6),Micro-Fabrikam Co., Ltd.,Book 14" 'FBUC-003,,,Fabrikam,Book 14' \
	> unquoted_comma_manufacturer.csv
lines "$PARTNER,Note" 'FBUC-004,,,Micro-Fabrikam Co., Ltd.,Book 14' 'FBUC-005,,,Fabrikam,Book 14,' > unquoted_comma_hidden.csv
lines "$PARTNER" "FBTC-001,00329-00000-0003-AA606,$(hash 7),,," 'FBTC-002,,,Fabrikam,Book 14,,,' > trailing_commas.csv
lines "$OURS,," 'FBTC-003,,Fabrikam,Book 14,c,,' 'FBTC-004,,Fabrikam, Inc,Book 14,c' > trailing_empty_header.csv
printf '%s\r%s\r\r%s' "$OURS" 'FBCR-001,,Fabrikam,Book 14,c' 'FBCR-002,,Fabrikam,Book 14,c' > cr_only_no_last_end.csv
printf '%s\n%s\r\n%s\r%s' "$OURS,Note" 'FBLE-001,,Fabrikam,Book 14,c,"two
lines, ""quoted"""' 'FBLE-002,,Fabrikam,"Book 14" ,c , "x"' 'FBLE-003,,Fabrikam,Book 14,c,' > mixed_line_ends_quoted_newline.csv
lines "$OURS,Note" 'FBQT-001,,Fabrikam,Book 14,c,' 'FBQT-002,,Fabrikam,"Book 14,c,' 'FBQT-003,,Fabrikam,Book 14,c,' \
	'FBQT-004,,Fabrikam,Book 14,c,"never closed' 'FBQT-005,,Fabrikam,"Book 14",c,' 'FBQT-006,,"Fabrikam" Inc,Book 14,c,' \
	'FBQT-007,,Fabrikam,Book 15",c,' 'FBQT-008,,Fabrikam,Book 14,c,"open to the end' 'FBQT-009,,Fabrikam,Book 14,c,' \
	> unclosed_quotes.csv
lines "$OURS" 'FBBL-001,,Fabrikam ,"Book 14 ",c' ' FBBL-002,, Fabrikam,Book 14, c ' 'FBBL-003, 3305000000003 ,,,c' > outer_blanks.csv

# --- merged files ---
lines "$HWID,Manufacturer name,Device model" 'FBRH-001,,,Fabrikam,Book 14' '' 'DEVICE SERIAL NUMBER, windows product id,Hardware Hash,Manufacturer Name,Device Model' \
	'FBRH-002,,,Fabrikam,Book 14' '   ' ',,,,' 'FBRH-003,,,Fabrikam,Book 14' > repeated_header_append.csv
lines "$HWID,Manufacturer name,Device model" 'FBMH-001,,,Fabrikam,Book 14' 'Serial number,Manufacturer,Model,Group tag,Profile status,Purchase order' \
	'"FBMH-002","Fabrikam","Book 15","","Assigned",""' "$OURS" 'FBMH-003,3305000000003,,,c' > merged_other_headers.csv
{ printf '\377\376'; lines "$PARTNER" 'FBGU-001,,,Fabrikam,Book 14' | crlf | utf16 LE; printf '\377\376'
	lines "$PARTNER" 'FBGU-002,,,Fabrikam,Book 14' | crlf | utf16 LE; } > glued_same_encoding.csv
{ lines "$PARTNER" 'FBGM-001,,,Fabrikam,Book 14' | crlf; printf '\377\376'; lines "$PARTNER" 'FBGM-002,,,Fabrikam,Book 14' | crlf | utf16 LE; } \
	> mixed_encoding_glued.csv
{ printf '\377\376'; lines "$PARTNER" 'FBGM-003,,,Fabrikam,Book 14' | crlf | utf16 LE; lines 'FBGM-004,,,Fabrikam,Book 14' | crlf; } \
	> mixed_encoding_glued_utf16_first.csv
{ lines "$OURS" 'FBDO-001,,Fabrikam,Book 14,c'; printf '\032'; } > dos_end_of_file.csv
lines "$OURS" 'FBDP-001,,Fabrikam,Book 14,c' 'FBDP-001,,Fabrikam,Book 14,c' 'FBDP-002,,Fabrikam,Book 14,c' > duplicate_rows.csv

# --- damaged characters ---
{ lines "$OURS" 'FBBC-001,,Müller,Book 14,c'; printf 'FBBC-002,,M\374ller,Book 14,c\n'; lines 'FBBC-003,,Müller,Book 14,c'; } > utf8_one_bad_byte.csv
{ lines "$OURS" 'FBNU-001,,Fabrikam,Book 14,c'; printf 'FBNU-0\0002,,Fabrikam,Book 14,c\n'; lines 'FBNU-003,,Fabrikam,Book 14,c'; } > nul_byte.csv
{ printf '\377\376'; lines "$OURS" 'FBSU-001,,Fabrikam,Book 14,c' | utf16 LE; lines 'FBSU-002,,Fab' | tr -d '\n' | utf16 LE; printf '\000\330'
	lines 'rikam,Book 14,c' 'FBSU-003,,Fabrikam,Book 14,c' | utf16 LE; } > utf16_unpaired_surrogate.csv
{ lines "$OURS"; printf 'FBCC-001,,Fab\001rikam,Book 14,c\nFBCC-\342\200\213002,,Fabrikam,Book 14,c\nFBCC-003,,Fabrikam\357\277\275,Book 14,c\nFBCC-004,,Fabrikam,Book 14,c\302\240d\n'; } \
	> control_and_invisible.csv

# --- values ---
lines "$PARTNER" 'VMware-56 4d 0a 1b 2c 3d 4e 5f-60 71 82 93 a4 b5 c6 d7,,,"VMware, Inc.",VMware7,1' \
	'VMware-56 4d 0a 1b 2c 3d 4e 5f-60 71 82 93 a4 b5 c6 d8,,,"VMware, Inc.","VMware7,1"' \
	'0000-1111-2222-3333-4444-5555-66,,,Microsoft Corporation,Virtual Machine' > vmware_serial_spaces.csv
lines "$OURS,Hardware Hash,Note" "FBSE-001,00330-80000-00000-AA123,Fabrikam,Book 14,c,," 'FBSE-002,AAAAA-BBBBB-CCCCC-DDDDD-EEEEE,Fabrikam,Book 14,c,,' \
	'FBSE-003,,Fabrikam,Book 14,c,,key: BBBBB-CCCCC-DDDDD-FFFFF-GGGGG' "FBSE-004,,,,c,$(hash 8)," "FBSE-005,$(hash 9),Fabrikam,Book 14,c,," \
	'Default string,,Fabrikam,Book 14,c,,' 'To be filled by O.E.M.,,Fabrikam,Book 14,c,,' 'FBSE-008,,Fabrikam,Book 14,BCDFG HJKMP QRTVW XY234 6789B,,' \
	'FBSE-009,bcdfghjkmpqrtvwxy2346789b,Fabrikam,Book 14,c,,' 'FBSE-010,,Fabrikam,Book 14,c,Fabrikam Ltd.,' \
	'FBSE-011,,Fabrikam,Book 14,c,T0QUJDREVG,' > secrets_and_placeholders.csv
lines 'Serial Number,Manufacturer,Model,Join Type,MDM,Registered Via,Purpose' 'FBWO-001,Fabrikam,Book 14,Hybrid Azure AD joined,Intune,OEM,EOL' \
	'FBWO-002,Fabrikam,Book 14,AADJ,was_intune,Customer,RMA' 'FBWO-003,Fabrikam,Book 14,Hybrid,None,CSP,end-of-life' 'FBWO-004,Fabrikam,Book 14,,,,' \
	'FBWO-005,Fabrikam,Book 14,Registered,,,' 'FBWO-006,Fabrikam,Book 14,,yes,,' 'FBWO-007,Fabrikam,Book 14,,,Microsoft,' \
	'FBWO-008,Fabrikam,Book 14,,,,return' > words.csv
{ lines "$PARTNER"; awk 'BEGIN {for (i = 1; i <= 501; i++) printf "F%03d,,,Fabrikam,B\n", i}'; } > 501_rows.csv

# --- other kinds of files ---
: > 0-byte.csv
printf '\357\273\277' > bom_only.csv
lines "$OURS" > header_only.csv
printf 'PK\003\004\024\0\0\0\010\0\0\0\041\0\0\0\0\0\0\0\0\0\0\0\0\0\023\0\0\0[Content_Types].xml....xl/workbook.xml' > excel_workbook.csv
printf '\320\317\021\340\241\261\032\341' > excel_old_workbook.csv
printf 'PK\003\004\024\0\0\0\010\0list.csv' > zip.csv
printf '%%PDF-1.7\n' > pdf.csv
printf '\n <!DOCTYPE html><html></html>\n' > html.csv
printf '{"devices": []}\n' > json.csv
printf '\001\002\003\000\004binary' > binary.csv
lines 'Dear colleague, please find the list' 'in the attachment.' > letter.csv
lines 'Serial Number,Model,serialNumber' 'a,b,c' > two_serial_columns.csv
lines 'sep=|' 'Serial Number|Model' > sep_pipe.csv
{ lines "$OURS"; awk 'BEGIN {for (i = 0; i < 20; i++) printf "F%d,,M\374ller,B\303\274ro,c\n", i}'; } > broken_all_through.csv

# --- second round from the field: headers ---
T='Serial Number,Manufacturer,Model,Customer'
lines 'Inventory of site A;;;' 'As of 2026-11-01;;;' '' '# exported by the asset system' 'S/N;Hersteller;Modell;Kunde (Pflicht)' 'FBHA01;Fabrikam;Book 14;contoso' \
	'FBHA02;Fabrikam;Book 14;contoso' | crlf > title_lines.csv
lines 'Geräte,,Kundendaten,' 'Numéro de série,Fabricant,Modèle,Client' 'FBHB01,Fabrikam,Book 14,contoso' > two_headers.csv
lines '#TYPE System.Data.DataRow' '"N° de serie";"Fabricante";"Modelo";"Cliente"' '"FBHC01";"Fabrikam";"Book 14";"contoso"' | crlf > type_line.csv
lines 'Device_Serial_Number,Windows_Product_ID,Hardware_Hash,Device_Serial_Number1,Windows_Product_ID1,Hardware_Hash1' \
	"Device Serial Number,Windows Product ID,Hardware Hash,FBHD01,,$(hash 11)" > report_of_reports.csv
lines 'FBHE00,Fabrikam,Book 14,contoso' "$T" 'FBHE01,Fabrikam,Book 14,contoso' > device_above_header.csv
lines 'Zasób,Marka,Model,Klient' 'FBHF01,Fabrikam,Book 14,contoso' > unknown_names.csv
lines 'Owner,Servicetag / Serial *,Brand,Product Name,Endkunde,Cost centre' 'Anna,FBHG01,Fabrikam,Book 14,contoso,7' > carried_along.csv
lines 'PKID (Windows Product ID),Company' '3305000000301,contoso' > pkid_and_company.csv
lines "$T" '-------------,------------,-----,--------' 'FBHH01,Fabrikam,Book 14,contoso' '' '(1 rows affected)' > dashes.csv
lines 'Seriennummer,Modell,Hersteller,Kundenname' 'FBHI01,Book 14,Fabrikam,Contoso AG' > customer_name_only.csv

# --- second round: lines ---
lines '"Serial Number;""Manufacturer"";""Model"";""Customer"""' '"FBLA01;""Fabrikam; Ltd."";Book 14;contoso"' '"FBLA02;Fabrikam;""Book 13.5"""""";contoso"' | crlf > whole_lines_quoted.csv
lines "$T" 'FBLB01,Fabrikam,Book 14,contoso' '"FBLB02,Fabrikam,Book 14,contoso"' '"FBLB03,""Fabrikam, Ltd."",Book 14,contoso",,,' '"FBLB04,Fabrikam"' > some_lines_quoted.csv
lines 'Serial Number;Manufacturer;Customer;Model,,' 'FBLC01;Fabrikam;contoso;Book 14,,' 'FBLC02;Fabrikam;contoso;Book 15,,' > commas_at_line_ends.csv
lines "$T" 'FBLD01,Fabrikam,Book 14,contoso' 'FBLD02,Fabrikam,Book 14,contoso;;' > delimiters_at_one_line_end.csv
lines "$T" 'FBLE01,Fabrikam,Book 14,contoso' '# FBLE02,Fabrikam,Book 14,contoso' '//FBLE03,Fabrikam,Book 14,contoso' ';FBLE04,Fabrikam,Book 14,contoso' > commented_out.csv
lines 'Ticket,Serial Number,Manufacturer,Model' '#4711,FBLF01,Fabrikam,Book 14' '# RMA,FBLF02,Fabrikam,Book 14' > comment_or_ticket.csv
{ lines "$T" 'FBLG01,Fabrikam,Book 14,contoso'; printf '\357\273\277'; lines "$T" 'FBLG02,Fabrikam,Book 14,contoso'; printf '\357\273\277'
	lines '"FBLG03","Fabrikam","Book 14","contoso"'; } > mark_in_the_middle.csv

# --- second round: values ---
lines "$OURS" 'FBVA01,3.305E+12,Fabrikam,Book 14,c' 'FBVA02,3305000000000,Fabrikam,Book 14,c' 'FBVA03,2222222222222,,,c' 'FBVA04,1234567890123,,,c' \
	'FBVA05,3305123400000,,,c' 'FBVA06,3.305.000.000.006,,,c' 'FBVA07,PKID: 3305000000007,,,c' 'FBVA08,00330-50000-0003-AAOEM,Fabrikam,Book 14,c' > pkid_damage.csv
lines "$OURS" 'FBVB01,k.A.,Fabrikam,Book 14,c' 'FBVB02,(null),Fabrikam,Book 14,c' 'FBVB03,--,,,c' 'FBVB04,,n/a,Book 14,c' 'FBVB05,,Fabrikam,#NV,c' \
	'FBVB06,,Fabrikam,Book 14,(leer)' 'FBVB07,,Default string,System Product Name,c' 'FBVB08,3305000000308,NULL,-,c' > no_value.csv
lines "$T" 'onbekend,Fabrikam,Book 14,c' 'sin número de serie,Fabrikam,Book 14,c' 'N/A,Fabrikam,Book 14,c' '0000000,Fabrikam,Book 14,c' 'ZZZZZZZZ,Fabrikam,Book 14,c' \
	'Seriennummer,Fabrikam,Book 14,c' 'brak numeru,Fabrikam,Book 14,c' '?????,Fabrikam,Book 14,c' 'To Be Filled By OEM,Fabrikam,Book 14,c' > placeholders.csv
lines "$T" '#¿NOMBRE?,Fabrikam,Book 14,c' '#DEEL/0!,Fabrikam,Book 14,c' '#NEWMARK!,Fabrikam,Book 14,c' 'FBVC04,#WAARDE!,Book 14,c' 'FBVC05,Fabrikam,Book 14,#RIF!' > error_marks.csv
lines "$T" '5. Okt,Fabrikam,Book 14,c' '05/10/2026,Fabrikam,Book 14,c' 'sty-26,Fabrikam,Book 14,c' '1 août 2026,Fabrikam,Book 14,c' '2026-10-05T00:00:00,Fabrikam,Book 14,c' \
	'OKT5,Fabrikam,Book 14,c' > dates.csv
lines "$T" '“FBVD01”,“Fabrikam”,Book 14,«c»' 'FBVD02,Fabrikam,Book 14,‘c’' 'FBVD03“,Fabrikam,Book 14,c' 'FBVD04,Fabrikam,Book 14,“c' '"""FBVD05""",Fabrikam,Book 14,c' > quotation_marks.csv
lines "$T" 'FBVD11,““Fabrikam””,Book 14,c' 'FBVD12,Fabrikam,“„Book 14“”,””””””' > quotation_marks_twice.csv
{ lines "$T"; printf 'FBVE01\302\240,Fabrikam,Book 14,c\nFBVE02,Fabrikam,Book 14,c\302\240d\nFBVE03,Fabrikam,Book 14,c d\nFBVE\302\25504,Fabrikam,Book 14,c\n'
	printf 'FBVE05,Fabrikam,Book\342\200\22014,c\nFBVE06,\320\244abrikam,Book 14,c\nFBV\320\22507,Fabrikam,Book 14,c\nFBVE08,Fabrikam,Book 14,\321\201ontoso\n'
	printf 'FBVE09,Fabrikam,Book 14,\357\275\203\n\357\274\246BVE10,Fabrikam,Book 14,c\nFBVE11,Fabrikam,Book 14,Mu\314\210ller\nFBVE12,Fabrikam,Book 14,M\303\274ller\n'; } > characters.csv
lines "$T" 'FBVF01 FBVF02,Fabrikam,Book 14,c' 'FBVF03|FBVF04,Fabrikam,Book 14,c' 'Service Tag: FBVF05,Fabrikam,Book 14,c' 'S/N FBVF06,Fabrikam,Book 14,c' \
	'FBVF07%20,Fabrikam,Book 14,c' 'FBVF08,Fabrikam,Book&nbsp;14,c' 'FBVF09,<i>Fabrikam</i>,Book 14,c' 'FBVF10,Fabrikam & Sons,"Book 13,5""",R&D' > several_and_markup.csv
lines "$PARTNER" 'FBVG01,,see ticket,Fabrikam,Book 14' 'FBVG02,,k.A.,Fabrikam,Book 14' "FBVG03,,\"$(hash 12 | cut -c1-200)" "$(hash 12 | cut -c201-400)\",Fabrikam,Book 14" > hash_column.csv
lines "$T" '5E12345,Fabrikam,Book 14,c' '0012345,Fabrikam,Book 14,c' 'MAR12,Fabrikam,Book 14,c' 'fbvh04,"Fabrikam, Inc.","Book 13.5""",Müller & Söhne' 'FB-VH/05,AT&T,R&D 7,NA' \
	'FBVH06,Fabrikam,Modell,Serial' 'FBVH 07 X,Fabrikam,Book #1,c' '12-34-56,中文,Book 14,c' > odd_but_right.csv
lines "$T" '7654321,Fabrikam,Book 14,c' '007654322,Fabrikam,Book 14,c' '8654321,Fabrikam,Book 15,c' > short_number_first.csv
lines 'Serial Number, Manufacturer, Model, Customer' 'FBVI01, Fabrikam, Book 14, c' 'FBVI02, Fabrikam, Book 14, c' > blanks_behind_commas.csv
lines "$T,Customer Name" 'FBVJ01,Fabrikam,Book 14,k1,Łódź Żabka' | iconv -f UTF-8 -t CP1250 > cp1250.csv
lines "$T,Customer Name" 'FBVK01,Fabrikam,Book 14,k1,Müller & Söhne' 'FBVK02,Fabrikam,Book 14,k1,Plain' | iconv -f CP1252 -t UTF-8 > utf8_twice.csv
lines "$T" 'FBVL01,Fabrikam,Book 14,日本' | iconv -f UTF-8 -t SHIFT_JIS > shift_jis.csv
lines '"FBLI01,Fabrikam,Book 14,contoso"' 'FBLI02,Fabrikam,Book 14,contoso' > wrapped_without_header.csv
printf '""""\t\t\nFBLH01\tx\n' > quotes_alone.csv

# --- second round: failed.csv after a spreadsheet of three countries saved it ---
# what it was: 00012312,0330500000012,"Fabrikam, Ltd.",FX-14,k1,Müller & Söhne · MAR12 · 3305000000003 · FBEX04
W='Serial Number;Product Key ID;Manufacturer;Model;Customer;Customer Name'
{ printf '\357\273\277'; lines "$W" '12312;330500000012;Fabrikam, Ltd.;FX-14;k1;Müller & Söhne' 'Mrz 12;;Fabrikam;FX-14;k1;Müller & Söhne' \
	';3,305E+12;;;k1;Müller & Söhne' 'FBEX04;;Fabrikam;FX-14;k1;Müller & Söhne' '#NV;;Fabrikam;FX-14;k1;Müller & Söhne'; } | crlf > failed_german.csv
lines "$W" '12312;330500000012;Fabrikam, Ltd.;FX-14;k1;Müller & Söhne' 'mars-12;;Fabrikam;FX-14;k1;Müller & Söhne' ';3,305E+12;;;k1;Müller & Söhne' \
	'FBEX04;;Fabrikam;FX-14;k1;Müller & Söhne' '#N/A;;Fabrikam;FX-14;k1;Müller & Söhne' | crlf | iconv -f UTF-8 -t CP1252 > failed_french.csv
lines 'Serial Number,Product Key ID,Manufacturer,Model,Customer,Customer Name' '12312,3.30500E+11,"Fabrikam, Ltd.",FX-14,k1,Müller & Söhne' \
	'12-Mar,,Fabrikam,FX-14,k1,Müller & Söhne' ',3.305E+12,,,k1,Müller & Söhne' 'FBEX04,,Fabrikam,FX-14,k1,Müller & Söhne' '#REF!,,Fabrikam,FX-14,k1,Müller & Söhne' \
	| crlf | iconv -f UTF-8 -t CP1252 > failed_english.csv

# --- third round ---
lines "$T" 'FBTA01,Fabrikam,"Book 14;;",c' 'FBTA02,Fabrikam,Book 14,“c;;”' 'FBTA03,Fabrikam,Book 14,c; ' 'FBTA04,Fabrikam,Book 14;,c' 'FBTA05,Fabrikam;,Book 14,c' 'FBTA06,Fabrikam,Book 14,c' \
	> delimiters_in_quotes.csv
lines "$T" 'FBTB01,Fabrikam,Book 14,c' "$T;;" 'FBTB02,Fabrikam,Book 14,c;;' 'FBTB03,Fabrikam,Book 14,c; ;' 'FBTB04,Fabrikam,Book 14,c;' 'Model,Manufacturer,Serial Number|' 'Book 14,Fabrikam,FBTB05|' \
	'Book 14,Fabrikam,FBTB06' > delimiters_behind_second_header.csv
lines 'FBTC01,Fabrikam,Book 14;;' 'FBTC02,Fabrikam,Book 14;;' 'FBTC03,Fabrikam,Book 14;;;' > headerless_delimiters_at_line_ends.csv
lines 'FBTD01,Fabrikam,Book 14;;' 'FBTD02,Fabrikam,Book 14' > headerless_delimiters_at_one_line_end.csv
lines "$T" 'FBTE01,Fabrikam,12. Mrz,c' 'FBTE02,Fabrikam,1.00E+05,c' 'FBTE03,Fabrikam,"lunes, 2 de marzo de 2026",c' 'FBTE04,Fabrikam,Book 14,"4,711E+11"' 'FBTE05,Fabrikam,Book 14,mars-12' \
	'FBTE06,Fabrikam,Book 14,02.03.2026' 'FBTE07,Fabrikam,Book 14,—' 'FBTE08,Fehler:502,Book 14,c' 'FBTE09,Fabrikam,Book 14,0' 'FBTE10,Fabrikam,1-2-3,10-12-3' 'FBTE11,Fabrikam,March 7 Pro,May' \
	'FBTE12,Fabrikam,"Book 14, 2024",1E5' > changed_names.csv
lines "$T" 'FBTF01 and FBTF02,Fabrikam,Book 14,c' 'FBTF03-FBTF04,Fabrikam,Book 14,c' 'FBTF05 bis FBTF09,Fabrikam,Book 14,c' 'FBTF10 (alt),Fabrikam,Book 14,c' 'FBTF11 repariert,Fabrikam,Book 14,c' \
	'FBTF12?,Fabrikam,Book 14,c' 'see label,Fabrikam,Book 14,c' '-- FBTF13,Fabrikam,Book 14,c' 'REM FBTF14,Fabrikam,Book 14,c' '12:30:00,Fabrikam,Book 14,c' 'FBTF 15-7A,Fabrikam,Book 14,c' > remarks_in_cells.csv
lines 'Notebook serial no,DeviceManufacturer,Model0,Cust. No.' 'FBTG01,Fabrikam,Book 14,0042' > qualified_names.csv
printf 'Serial Number,Manufacturer,Model\t\t\nFBTI01,Fabrikam,Book 14\t\t\nFBTI02,Fabrikam,Book 14\nFBTI03,Fabrikam,Book 14\t\n' > tabs_at_line_ends.csv
{ printf 'Returns\nSerial Number,Manufacturer,Model,'; printf '\033%.0s' $(seq 60); printf '\nFBTK01,Fabrikam,Book 14,\n'; } > control_characters_in_header.csv
lines "$OURS" 'FBTJ01,000,Fabrikam,Book 14,c' 'FBTJ02,0000000000000,Fabrikam,Book 14,c' > zeros_as_pkid.csv
# what it was: 0012312 · 0012313, then corrected to 0012314 · 12315 · 1234567890123456 · 007 beside FBTH05 · a ticket that was 0815 · not our note · no note
lines "$T,Ticket,Digits As Written" '12312,Fabrikam,FX-14,c,,Serial Number=0012312' '0012314,Fabrikam,FX-14,c,,Serial Number=0012313' '12315,Fabrikam,FX-14,c,,' \
	'1234567890123450,Fabrikam,FX-14,c,,Serial Number=1234567890123456' 'FBTH05,Fabrikam,7,c,,"Model=007, Customer=c"' 'FBTH06,Fabrikam,FX-14,42,815,"Customer=0042, Ticket=0815"' \
	'FBTH07,Fabrikam,FX-14,c,,see page 0012' '0012316,Fabrikam,FX-14,c,,Serial Number=0012316' | tr , ';' | sed 's/7;c;;"Model=007; Customer=c"/7;c;;Model=007, Customer=c/; s/"Customer=0042; Ticket=0815"/Customer=0042, Ticket=0815/' \
	> failed_with_digits.csv
