#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "failure.h"
#include "fault.h"
#include "sometimes.h"
#include "world.h"
static double now(void){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec*1e3+t.tv_nsec/1e6;}
int main(int argc,char**argv){static struct sometimes_table table;struct options o={.steps=STEPS_MAX,.devices=99,.features=0};unsigned long a=atol(argv[1]),b=argc>2?atol(argv[2]):a;
 fault_memory_install();sometimes_use(&table);double t0=now();
 if(getenv("V"))failure_verbose(1);
 if(getenv("STEPS"))o.steps=atoi(getenv("STEPS"));
 if(getenv("WITHOUT"))o.without=strtoul(getenv("WITHOUT"),0,0);
 for(unsigned long s=a;s<=b;s++){o.seed=s; if(!world_run(&o)){printf("seed %lu: %s\n",s,failure_text()); if(getenv("V"))puts(world_schema()); return 1;}}
 if(b>a){sometimes_print(&table);sometimes_missing(&table,true);} printf("%.1f ms/seed\n",(now()-t0)/(b-a+1));return 0;}
