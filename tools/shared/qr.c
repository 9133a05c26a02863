/* qr.c — QR codes. Capital letters and digits are held densely; a quarter of the code may be unreadable, as on a screen that is photographed. */
#include "qr.h"

#include <string.h>

#include <qrencode.h>

enum { QUIET = 4, PIXELS_A_MODULE = 8 }; /* a light border of four modules is part of the code */

static bool ends(const char *path, const char *tail)
{
    size_t len = strlen(path), tail_len = strlen(tail);

    return len > tail_len && strcmp(path + len - tail_len, tail) == 0;
}

bool qr_picture_is(const char *path)
{
    return ends(path, ".svg") || ends(path, ".pbm");
}

static QRcode *code_make(const char *text)
{
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1); /* finds the dense mode itself */

    return code ? code : QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
}

/* Also of the border, which is light. */
static bool dark(const QRcode *code, int x, int y)
{
    return x >= 0 && y >= 0 && x < code->width && y < code->width && (code->data[y * code->width + x] & 1);
}

bool qr_show(FILE *out, const char *text)
{
    static const char *const halves[] = { " ", "\u2580", "\u2584", "\u2588" }; /* what is drawn is light: neither, upper, lower, both */
    QRcode *code = code_make(text);

    if (!code)
        return false;
    for (int y = -QUIET; y < code->width + QUIET; y += 2) {
        fputs("\033[97;40m", out);
        for (int x = -QUIET; x < code->width + QUIET; x++) {
            bool below = y + 1 < code->width + QUIET;

            fputs(halves[(dark(code, x, y) ? 0 : 1) | (below && !dark(code, x, y + 1) ? 2 : 0)], out);
        }
        fputs("\033[0m\n", out);
    }
    QRcode_free(code);
    return true;
}

static void draw_svg(FILE *out, const QRcode *code)
{
    int size = code->width + 2 * QUIET;

    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%dmm\" height=\"%dmm\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">\n"
            "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n<path fill=\"#000\" d=\"",
            size, size, size, size, size, size);
    for (int y = 0; y < code->width; y++)
        for (int x = 0; x < code->width; x++)
            if (dark(code, x, y))
                fprintf(out, "M%d %dh1v1h-1z", x + QUIET, y + QUIET);
    fputs("\"/>\n</svg>\n", out);
}

static void draw_pbm(FILE *out, const QRcode *code)
{
    int size = (code->width + 2 * QUIET) * PIXELS_A_MODULE;

    fprintf(out, "P4\n%d %d\n", size, size);
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x += 8) { /* a module is as wide as a byte */
            bool black = dark(code, x / PIXELS_A_MODULE - QUIET, y / PIXELS_A_MODULE - QUIET);

            fputc(black ? 0xff : 0, out);
        }
}

bool qr_draw(FILE *out, const char *path, const char *text)
{
    QRcode *code = code_make(text);

    if (!code)
        return false;
    if (ends(path, ".svg"))
        draw_svg(out, code);
    else
        draw_pbm(out, code);
    QRcode_free(code);
    return true;
}
